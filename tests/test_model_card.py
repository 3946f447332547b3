"""Cards that the Hub can read."""

from huggingface_hub import ModelCard

from stygaze import StyGazeTalk
from stygaze.model_card import model_card


def test_a_saved_checkpoint_has_a_card_the_hub_can_read(tmp_path):
    StyGazeTalk.from_pretrained().save_pretrained(tmp_path)
    card = ModelCard.load(tmp_path / "README.md")
    assert card.data.license == "mit" and card.data.library_name == "stygaze"
    assert "simulated" in card.text and "Wav2Vec" in card.text


def test_scores_are_in_the_cards_metadata():
    figures = {"mae_all": {"mean": 4.25}, "ce": {"mean": None}}
    row = {"row": "se-64", "protocol": "free", "seeds": [0, 1, 2], "metrics": figures}
    card = model_card({"row": "se-64", "corpus": {"name": "simulated-hage"}}, row)
    (result,) = ModelCard(card.content).data.eval_results
    assert result.metric_value == 4.25 and "3 training seeds" in result.metric_name
    assert "| MAE, all angles (deg) | 4.250 |" in card.text and "| style distance CE | – |" in card.text
