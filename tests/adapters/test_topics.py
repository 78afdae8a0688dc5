"""Names on the bus."""

from quake.adapters.topics import own_subscription


def test_instances_of_the_cloud_do_not_share_a_subscription_and_laptop_ones_keep_theirs():
    cloud = {own_subscription("hub", "0.0.0.0", 8080, "pubsub://project") for _ in range(20)}
    assert len(cloud) == 20 and all(name.startswith("hub-0.0.0.0-8080-") for name in cloud)
    assert len({own_subscription("hub", "127.0.0.1", 8000, "sqlite:///quake.db") for _ in range(20)}) == 1
