#version 330 core
// A lean portrait shader: three directional lights, sky and ground, one highlight. Colours come in as sRGB and are
// squared to make them about linear; the root at the end undoes it.
struct Light { vec3 toward; vec3 halfway; vec3 color; };
struct Material {
    // pyrender's names for our numbers
    vec3 emissive_factor;   // x: soften; y: 1 where the catchlight takes the place of the key light's highlight
    float metallic_factor;  // specular
    float roughness_factor;
#ifdef HAS_BASE_COLOR_TEX
    sampler2D base_color_texture;
#endif
};

uniform Material material;
uniform Light lights[MAX_DIRECTIONAL_LIGHTS];
uniform vec3 view;  // toward the camera: one direction for the whole head, it stands far enough
uniform vec3 catchlight;  // halfway between it and the camera
uniform vec3 sky;
uniform vec3 ground;

in vec3 frag_normal;
in vec2 frag_uv;
in vec3 frag_color;
out vec4 frag_out;

void main() {
    vec3 albedo = frag_color;
#ifdef HAS_BASE_COLOR_TEX
    albedo *= texture(material.base_color_texture, frag_uv).rgb;
#endif
    albedo *= albedo;
    vec3 n = normalize(frag_normal);
    vec3 soft = material.emissive_factor.x * vec3(1.0, 0.45, 0.30);
    float alpha = material.roughness_factor * material.roughness_factor;
    float power = 2.0 / (alpha * alpha + 1e-4);
    vec3 light = mix(ground, sky, 0.5 + 0.5 * n.y);
    vec3 shine = vec3(0.0);
    for (int i = 0; i < MAX_DIRECTIONAL_LIGHTS; i++) {
        vec3 l = lights[i].toward;
        vec3 c = lights[i].color;
        float facing = dot(n, l);
        light += c * max((facing + soft) / (1.0 + soft), 0.0);
        vec3 halfway = i == 0 && material.emissive_factor.y > 0.5 ? catchlight : lights[i].halfway;
        shine += c * (pow(max(dot(n, halfway), 0.0), power) * max(facing, 0.0));
    }
    float edge = 1.0 - max(dot(n, view), 0.0);
    float fresnel = 1.0 + 3.0 * edge * edge * edge * edge;
    vec3 result = albedo * light + shine * material.metallic_factor * fresnel;
    frag_out = vec4(sqrt(result), 1.0);
}
