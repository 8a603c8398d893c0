//! Edits of load balancers: listeners and targets.

use canreach_model::{BalancerListener, BalancerTarget, Forwarding, LoadBalancerId};

use super::{Edit, apply::proposed, matching::Wanted, obstacles::Met};

impl Wanted<'_> {
    /// A listener for the packet that does as the others of its balancer do.
    pub(super) fn add_listener(&self, met: Met<'_>, balancer: LoadBalancerId) -> Option<Vec<Edit>> {
        let port = met.header.transport.ports()?.destination;
        let like = met.edited.load_balancers[balancer].listeners.first();
        let listener = BalancerListener {
            protocol: met.header.transport.protocol(),
            family: None,
            ports: self.asked_range(port),
            forwarding: like.map_or(Forwarding::Proxy, |like| like.forwarding),
            targets: like.map_or(Vec::new(), |like| like.targets.iter().map(copy).collect()),
            access: None,
            origin: proposed(),
        };
        Some(vec![Edit::AddListener { balancer, listener }])
    }

    /// A target of another listener, to which every interface of the balancer sends.
    pub(super) fn add_targets(
        met: Met<'_>,
        balancer: LoadBalancerId,
        listener: usize,
    ) -> Option<Vec<Edit>> {
        let listeners = &met.edited.load_balancers[balancer].listeners;
        let family = met.header.destination.is_ipv4();
        let mut targets = listeners.iter().flat_map(|it| &it.targets);
        let like = targets.find(|target| target.address.is_ipv4() == family)?;
        let target = BalancerTarget { nodes: None, ..copy(like) };
        Some(vec![Edit::AddTarget { balancer, listener, target }])
    }
}

/// The same machine, at the port that packets arrive for.
fn copy(target: &BalancerTarget) -> BalancerTarget {
    BalancerTarget { port: None, origin: proposed(), ..target.clone() }
}
