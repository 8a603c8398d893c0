//! Which constructs a network has besides the common ones; a few each, so that networks stay small.

use super::Maker;
use crate::Random;

/// A construct that only some networks have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Feature {
    HostFirewall,
    CloudFirewall,
    Transit,
    Connection,
    LoadBalancer,
    VirtualAddress,
    Forwarding,
    GatewayEndpoint,
}

/// Those that show little alone come more often.
const ALL: [Feature; 15] = [
    Feature::HostFirewall,
    Feature::HostFirewall,
    Feature::CloudFirewall,
    Feature::CloudFirewall,
    Feature::CloudFirewall,
    Feature::Transit,
    Feature::Transit,
    Feature::Connection,
    Feature::LoadBalancer,
    Feature::LoadBalancer,
    Feature::VirtualAddress,
    Feature::Forwarding,
    Feature::Forwarding,
    Feature::Forwarding,
    Feature::GatewayEndpoint,
];

pub(super) fn choose(random: &mut Random) -> Vec<Feature> {
    let mut features = Vec::new();
    for _ in 0..random.pick(&[0, 1, 1, 2, 2, 3]) {
        let feature = random.pick(&ALL);
        if !features.contains(&feature) {
            features.push(feature);
        }
    }
    features
}

impl Maker {
    pub(super) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Whether something other than the common constructs takes up room.
    pub(super) fn is_special(&self) -> bool {
        !self.features.is_empty()
    }
}
