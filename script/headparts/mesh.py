"""Small mesh tools: triangles from quads, boundary, normals, Catmull-Clark subdivision, baked ambient occlusion."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags, vstack


def triangulate(quads: np.ndarray) -> np.ndarray:
    """[K, 4] to [2K, 3]; both triangles of a quad stand together."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def boundary(faces: np.ndarray) -> np.ndarray:
    """Indices of the vertices on an edge that only one face has."""
    edges = np.sort(np.concatenate([np.stack([faces[:, i - 1], faces[:, i]], 1) for i in range(faces.shape[1])]), 1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[count == 1])


def normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unit normals [N, 3], area weighted."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    total = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(total, triangles[:, corner], face)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def subdivide(quads: np.ndarray, n: int) -> tuple[csr_matrix, np.ndarray]:
    """One Catmull-Clark step (Catmull & Clark 1978) on an open quad mesh.

    Args:
        quads: [K, 4] indices into n vertices.

    Returns:
        matrix [n + edges + K, n] that makes the new vertices from the old, and the new quads [4K, 4].
    """
    k = len(quads)
    corner_edges = np.stack([np.sort(np.stack([quads[:, i], quads[:, (i + 1) % 4]], 1), 1) for i in range(4)], 1)
    edges, inverse = np.unique(corner_edges.reshape(-1, 2), axis=0, return_inverse=True)
    inverse = inverse.reshape(k, 4)
    e = len(edges)
    face = coo_matrix((np.full(4 * k, 0.25), (np.repeat(np.arange(k), 4), quads.ravel())), shape=(k, n)).tocsr()
    edge_mid = coo_matrix((np.full(2 * e, 0.5), (np.repeat(np.arange(e), 2), edges.ravel())), shape=(e, n)).tocsr()
    edge_faces = coo_matrix((np.ones(4 * k), (inverse.ravel(), np.repeat(np.arange(k), 4))), shape=(e, k)).tocsr()
    faces_at_edge = np.asarray(edge_faces.sum(1)).ravel()
    inner = faces_at_edge == 2
    edge = diags(np.where(inner, 0.5, 1.0)) @ edge_mid + diags(np.where(inner, 0.25, 0.0)) @ edge_faces @ face

    at_vertex = coo_matrix((np.ones(4 * k), (quads.ravel(), np.repeat(np.arange(k), 4))), shape=(n, k)).tocsr()
    ends = coo_matrix((np.ones(2 * e), (edges.ravel(), np.repeat(np.arange(e), 2))), shape=(n, e)).tocsr()
    valence = np.maximum(np.asarray(at_vertex.sum(1)).ravel(), 1)
    edge_valence = np.maximum(np.asarray(ends.sum(1)).ravel(), 1)
    smooth = (
        diags(1 / valence**2) @ at_vertex @ face
        + diags(2 / (valence * edge_valence)) @ ends @ edge_mid
        + diags((valence - 3) / valence)
    )
    rim_edges = ends @ diags((~inner).astype(float))
    rim = diags(0.25 * np.ones(n)) @ rim_edges @ edge_mid + diags(0.5 * np.ones(n))
    on_rim = np.asarray(rim_edges.sum(1)).ravel() > 0
    vertex = diags((~on_rim).astype(float)) @ smooth + diags(on_rim.astype(float)) @ rim

    matrix = vstack([vertex, edge, face], format="csr")
    centre = n + e + np.arange(k)
    new = [np.stack([quads[:, i], n + inverse[:, i], centre, n + inverse[:, i - 1]], 1) for i in range(4)]
    return matrix, np.stack(new, 1).reshape(-1, 4)


def openness(
    points: np.ndarray, normal: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, count: int = 96
) -> np.ndarray:
    """Ambient light that reaches each point, 0 (closed in) to 1 (free), by depth maps from many directions.

    Args:
        points, normal: [P, 3].
        vertices, triangles: what stands in the light's way, in metres.
        count: of the directions.
    """
    size, bias = 280, 0.0012
    i = np.arange(count) + 0.5
    polar, azimuth = np.arccos(1 - 2 * i / count), np.pi * (1 + 5**0.5) * i
    directions = np.stack([np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], 1)
    rng = np.random.default_rng(0)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    pick = np.repeat(np.arange(len(triangles)), np.maximum(6, (area / 2 / 6e-7).astype(int)))
    u, v = rng.random((2, len(pick)))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    cloud = a[pick] + u[:, None] * (b - a)[pick] + v[:, None] * (c - a)[pick]
    centre, scale = vertices.mean(0), size / 2 / (np.abs(vertices - vertices.mean(0)).max() * 1.8)
    light, total = np.zeros(len(points)), np.zeros(len(points))
    for d in directions:
        side = np.cross(d, [0.0, 1.0, 0.3])
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(d, side)], 1)
        depth = np.full((size, size), -np.inf)
        x, y = (((cloud - centre) @ axes) * scale + size / 2).astype(int).T
        np.maximum.at(depth, (x, y), cloud @ d)
        facing = np.maximum(normal @ d, 0)
        x, y = (((points + 0.001 * normal - centre) @ axes) * scale + size / 2).astype(int).T
        light += facing * (points @ d + bias > depth[x, y] - 0.0005)
        total += facing
    return light / np.maximum(total, 1e-9)


def smoothed(values: np.ndarray, triangles: np.ndarray, rounds: int) -> np.ndarray:
    """Values at vertices, each replaced by the mean of itself and its neighbours, some times over."""
    n = len(values)
    a, b = triangles.ravel(), np.roll(triangles, 1, 1).ravel()
    links = coo_matrix((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), shape=(n, n)).tocsr()
    degree = np.maximum(np.asarray(links.sum(1)).ravel(), 1).reshape(-1, *[1] * (values.ndim - 1))
    for _ in range(rounds):
        values = 0.5 * values + 0.5 * (links @ values) / degree
    return values
