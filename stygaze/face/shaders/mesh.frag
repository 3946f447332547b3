#version 330 core
// A lean portrait shader: three directional lights, sky and ground, one highlight. Colours come in as sRGB and are
// squared to make them about linear; the root at the end undoes it.
struct Light { vec3 toward; vec3 color; };
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
uniform vec3 halfway;       // between key light and camera
uniform vec3 halfway_eyes;  // between catchlight and camera
uniform vec3 sky;
uniform vec3 ground;
uniform vec2 depths;  // alpha tells nearness, for the outlines

in vec3 frag_normal;
in vec2 frag_uv;
in vec3 frag_color;
in float frag_far;
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
    for (int i = 0; i < MAX_DIRECTIONAL_LIGHTS; i++)
        light += lights[i].color * max((dot(n, lights[i].toward) + soft) / (1.0 + soft), 0.0);
    // only the key light, which is the first, gives a highlight: each costs a tenth of the frame
    vec3 h = material.emissive_factor.y > 0.5 ? halfway_eyes : halfway;
    float shine = pow(max(dot(n, h), 0.0), power) * max(dot(n, lights[0].toward), 0.0);
    float edge = 1.0 - max(dot(n, view), 0.0);
    float fresnel = 1.0 + 3.0 * edge * edge * edge * edge;
    vec3 result = albedo * light + lights[0].color * (shine * material.metallic_factor * fresnel);
    frag_out = vec4(sqrt(result), clamp((depths.x - frag_far) / depths.y, 0.01, 1.0));
}
