"""How the page looks: one accent, warm greys, and the colours that mean the same thing in every plot (`look`)."""

from __future__ import annotations

import gradio as gr

from stygaze.assets import asset

IRIS = gr.themes.Color(
    name="iris",
    c50="#eefaf8",
    c100="#d5f2ee",
    c200="#abe4dd",
    c300="#77d0c7",
    c400="#44b5ab",
    c500="#1b968d",
    c600="#0e7a73",
    c700="#0f625d",
    c800="#114e4b",
    c900="#123f3d",
    c950="#052625",
)
PAPER = gr.themes.Color(
    name="paper",
    c50="#f8f7f5",
    c100="#f0efec",
    c200="#e4e2de",
    c300="#cfccc6",
    c400="#a3a19b",
    c500="#777671",
    c600="#595a57",
    c700="#3d4140",
    c800="#242929",
    c900="#171b1c",
    c950="#0e1112",
)


def theme() -> gr.themes.Base:
    """The Gradio theme. Its font ships with Gradio and is served by this app: no request leaves the machine."""
    return gr.themes.Base(
        primary_hue=IRIS,
        secondary_hue=IRIS,
        neutral_hue=PAPER,
        radius_size=gr.themes.sizes.radius_lg,
        font=(
            gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)),
            "ui-sans-serif",
            "system-ui",
            "sans-serif",
        ),
        font_mono=("ui-monospace", "Menlo", "Consolas", "monospace"),
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_padding="0px",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_text_color="*body_text_color_subdued",
        block_label_border_width="0px",
        block_label_border_width_dark="0px",
        block_title_text_weight="600",
        block_title_text_color="*body_text_color",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_800",
        input_background_fill="white",
        input_background_fill_dark="*neutral_950",
        input_border_width="1px",
        input_shadow_focus="0 0 0 3px *primary_100",
        input_shadow_focus_dark="0 0 0 3px *primary_900",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_500",
        button_primary_background_fill_hover_dark="*primary_400",
        button_primary_text_color="white",
        button_primary_text_color_dark="*neutral_950",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_900",
        button_secondary_background_fill_hover_dark="*neutral_800",
        button_secondary_border_color="*neutral_200",
        button_secondary_border_color_dark="*neutral_700",
        button_secondary_text_color="*body_text_color",
        button_secondary_text_color_dark="*body_text_color",
        button_border_width="1px",
        button_large_radius="14px",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        color_accent_soft="*primary_50",
        color_accent_soft_dark="*primary_950",
    )


def file_url(*parts: str) -> str:
    """Address of a shipped file, relative to the page so that it holds behind a proxy (its folder is a static path)."""
    return f"gradio_api/file={asset(*parts).as_posix()}"
