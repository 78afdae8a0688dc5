"""The sequencer: one order of all messages."""

from dataclasses import replace

from alerts.rules import decide
from alerts.sequencer import Sequencer


def test_seq_is_gapless_over_earthquakes_and_goes_on_after_a_restart(assessed):
    sequencer = Sequencer("epoch-1")
    chain, first = decide(assessed(), None)
    _, other = decide(replace(assessed(), quake_id="other"), None)
    _, second = decide(assessed(2, magnitude=7.0), chain)
    alerts = [sequencer.assign(draft) for draft in (first, other)]
    alerts.append(Sequencer(sequencer.epoch, sequencer.last_seq).assign(second))
    assert [(alert.seq, alert.alert_id, alert.epoch) for alert in alerts] == [
        (1, "q20260301-abcdefgh.1", "epoch-1"),
        (2, "other.1", "epoch-1"),
        (3, "q20260301-abcdefgh.2", "epoch-1"),
    ]


def test_an_alert_holds_what_was_assessed_at_the_levels_that_are_held(assessed):
    chain, _ = decide(assessed(alert_level="red"), None)
    _, draft = decide(assessed(2, alert_level="yellow", magnitude=6.5), chain)
    alert = Sequencer("e").assign(draft)
    assert (alert.alert_level, alert.magnitude, alert.revision, alert.sequence) == ("red", 6.5, 2, 200)
    assert (alert.references, alert.sent_at) == (("q20260301-abcdefgh.1",), draft.assessment.assessed_at)
