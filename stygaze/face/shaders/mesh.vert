#version 330 core
// Names and locations are those pyrender binds; unused ones are left out.
layout(location = 0) in vec3 position;
layout(location = NORMAL_LOC) in vec3 normal;
layout(location = TEXCOORD_0_LOC) in vec2 texcoord_0;
layout(location = COLOR_0_LOC) in vec4 color_0;

uniform mat4 V;
uniform mat4 P;

out vec3 frag_normal;
out vec2 frag_uv;
out vec3 frag_color;
out float frag_far;

void main() {
    gl_Position = P * V * vec4(position, 1.0);
    frag_far = gl_Position.w;
    frag_normal = normal;
    frag_uv = texcoord_0;
    frag_color = color_0.rgb;
}
