"""`quake subscribe test`: one message to one subscriber at once, past log and outbox, marked as exercise."""

from datetime import datetime

from alerts.chain import Chain
from alerts.channels import Parcel, Undeliverable, open_channel
from alerts.drill import PREFIX, assessment_of, drill_message
from alerts.sequencer import Sequencer
from alerts.subscriptions import Subscription, read_subscriptions
from quake.adapters.storage import open_storage
from quake.schema import Alert
from quake.settings import Settings


async def try_subscription(settings: Settings, identity: str, now: datetime) -> Subscription:
    """Sends it and returns to whom. Raises LookupError for another id, ValueError with what went wrong."""
    known = read_subscriptions(open_storage(settings.storage))
    if identity not in known:
        raise LookupError(f"no subscription {identity!r}; known: {', '.join(known) or 'none'}")
    to = known[identity]
    try:
        await open_channel(to.channel, settings).send(Parcel(trial_alert(now), to))
    except (Undeliverable, OSError) as error:
        raise ValueError(f"not delivered to {to.shown}: {error}") from error
    return to


def trial_alert(now: datetime) -> Alert:
    """The ALERT of an earthquake that never was, in the middle of the sea at 0 N, 0 E."""
    figures = {
        "quake_id": f"{PREFIX}test-{now:%Y%m%dT%H%M%S}",
        "revision": 1,
        "model_version": "none",
        "superseded_by": None,
        "origin_time": now,
        "latitude": 0.0,
        "longitude": 0.0,
        "depth_km": 10.0,
        "magnitude": 6.0,
        "magnitude_type": "mw",
        "review_status": "automatic",
        "place": "a test of your subscription",
        "intensity": 7.0,
        "people_mmi6": 0,
        "alert_level": "yellow",
        "forecast_level": 0,
        "probability": 0.0,
        "baseline_probability": 0.0,
        "gain": 1.0,
        "forecast": (),
        "mode": "live",
        "hindsight": False,
    }
    assessment = assessment_of(drill_message(figures, 0, now))
    return Sequencer("test").assign(Chain.opened(assessment, None, True)[1])
