//! Load balancers, whose interfaces they are, and what their listeners do.
//!
//! Which targets a listener sends to, `targets` says. A load balancer that does not work as it is
//! configured, or of which an answer is missing, has interfaces that are not modelled.

use std::collections::BTreeMap;

use canreach_model::{
    BalancerListener, BalancerTarget, FactId, Forwarding, InterfaceId, InterfaceOwner,
    LoadBalancer, LoadBalancerId,
};
use canreach_net::{Family, PortRange, Protocol};

use super::{
    super::records::{
        self, Balancer, BalancerKind, Balancing, Handling, InterfaceKind, Listener, Records,
    },
    Builder,
    targets::{At, Named},
};

/// What stands behind an interface of a load balancer.
#[derive(Clone, Debug)]
pub(super) struct OfBalancer {
    /// The id of the load balancer.
    pub(super) balancer: String,
    pub(super) owner: InterfaceOwner,
    /// The groups, as the load balancer itself has them.
    pub(super) groups: Vec<String>,
}

impl Builder<'_> {
    /// Makes every load balancer whose interfaces and listeners are described, without its listeners.
    pub(super) fn load_balancers(
        &mut self,
        balancing: &Balancing,
        interfaces: &Records<records::Interface>,
    ) {
        let mut described: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, interface) in interfaces {
            if let InterfaceKind::LoadBalancer(tail) = &interface.kind {
                described.entry(tail).or_default().push(id);
            }
        }
        for (id, balancer) in &balancing.balancers {
            let named = described.get(&*balancer.described_as).into_iter().flatten().copied();
            let own = named.filter(|one| {
                let vpc = interfaces.get(*one).and_then(|one| self.vpc_id_of(one.subnet.as_ref()));
                vpc.is_some() && (balancer.vpc.is_none() || vpc == balancer.vpc.as_deref())
            });
            let own: Vec<&str> = own.collect();
            if own.is_empty() {
                self.without_interfaces(balancer);
                continue;
            }
            let owner = self.owner_of_balancer(id, balancer, balancing);
            for interface in own {
                let groups = balancer.groups.clone();
                let behind = OfBalancer { balancer: id.clone(), owner, groups };
                self.keys.of_balancers.insert(interface.to_owned(), behind);
            }
        }
    }

    fn vpc_id_of(&self, subnet: Option<&String>) -> Option<&str> {
        let subnet = *self.keys.subnets.get(subnet?)?;
        Some(self.network.vpcs[self.network.subnets[subnet].vpc].meta.id.as_str())
    }

    fn without_interfaces(&mut self, balancer: &Balancer) {
        let was = format!("load balancer `{}`", balancer.meta.label());
        for public in &balancer.public {
            self.unplaced.push((*public, was.clone(), balancer.meta.clone()));
        }
        let what = format!("{was}, none of whose interfaces is described");
        self.unread(&balancer.meta, what, "it takes no part");
    }

    /// Makes a load balancer, or what stands for one that cannot be made.
    fn owner_of_balancer(
        &mut self,
        id: &str,
        balancer: &Balancer,
        balancing: &Balancing,
    ) -> InterfaceOwner {
        let name = balancer.meta.label();
        let doubt = match (balancer.kind, &balancer.trouble) {
            (BalancerKind::Gateway, _) => Some((
                format!("gateway load balancer `{name}` takes the packet and answers it"),
                String::from("what the appliances behind it do is not modelled: follow it by hand"),
            )),
            (BalancerKind::Other, _) => Some((
                format!(
                    "load balancer `{name}`, of a type not known, takes the packet and answers it"
                ),
                String::from("this type of load balancer is not modelled: follow it by hand"),
            )),
            (_, Some(state)) => Some((
                format!(
                    "load balancer `{name}`, which is {state}, takes the packet and answers it"
                ),
                format!("dump the load balancers again when `{name}` is active"),
            )),
            (_, None) if !balancing.listened.contains(id) => Some((
                format!(
                    "load balancer `{name}`, whose listeners no answer lists, takes the packet and answers it"
                ),
                format!(
                    "give the answer of `aws elbv2 describe-listeners --load-balancer-arn {id}`"
                ),
            )),
            (BalancerKind::Network | BalancerKind::Application | BalancerKind::Classic, None) => {
                None
            }
        };
        if let Some((statement, settled_by)) = doubt {
            let fact = self.fact(statement, settled_by, balancer.meta.origin.clone());
            return InterfaceOwner::Unmodelled(fact);
        }
        let made = LoadBalancer { meta: balancer.meta.clone(), listeners: Vec::new() };
        let key = self.network.load_balancers.push(made);
        self.keys.load_balancers.insert(id.to_owned(), key);
        InterfaceOwner::LoadBalancer(key)
    }

    /// Gives every load balancer made its listeners.
    pub(super) fn listeners(&mut self, balancing: &Balancing) {
        let mut nodes: BTreeMap<LoadBalancerId, Vec<InterfaceId>> = BTreeMap::new();
        for (key, interface) in self.network.interfaces.iter() {
            if let InterfaceOwner::LoadBalancer(balancer) = interface.owner {
                nodes.entry(balancer).or_default().push(key);
            }
        }
        let mut listeners: BTreeMap<&str, Vec<&Listener>> = BTreeMap::new();
        for listener in balancing.listeners.values() {
            listeners.entry(&listener.balancer).or_default().push(listener);
        }
        let (mut defaults, mut depend) = (Named::new(), Named::new());
        for (id, key) in self.keys.load_balancers.clone() {
            let Some(balancer) = balancing.balancers.get(&id) else { continue };
            let nodes = nodes.get(&key).map_or(&[][..], Vec::as_slice);
            let at = At { balancing, id: &id, balancer, nodes };
            let mut own = listeners.remove(&*id).unwrap_or_default();
            own.sort_by_key(|listener| listener.port);
            let made: Vec<_> = own
                .into_iter()
                .flat_map(|listener| self.listener(&at, listener, &mut defaults))
                .collect();
            if made.iter().any(sends_on) {
                let span = balancer.meta.origin.span();
                depend.insert(balancer.meta.label().to_owned(), span);
            }
            self.network.load_balancers[key].listeners = made;
        }
        self.note_health(&depend);
        self.note_defaults(&defaults);
    }

    fn listener(
        &mut self,
        at: &At<'_>,
        listener: &Listener,
        defaults: &mut Named,
    ) -> Vec<BalancerListener> {
        let Some(port) = listener.port else {
            let what = format!("a listener of `{}` without a port", at.balancer.meta.label());
            self.unread(&listener.meta, what, "nothing is taken to get to it");
            return Vec::new();
        };
        let made = |protocol, family, forwarding, targets| BalancerListener {
            protocol,
            family,
            ports: PortRange::single(port),
            forwarding,
            targets,
            access: None,
            origin: listener.meta.origin.clone(),
        };
        let protocols = match &listener.handling {
            Handling::Ends => {
                let targets = self.proxied(at, listener);
                return vec![made(Protocol::TCP, None, Forwarding::Proxy, targets)];
            }
            Handling::Unknown(protocol) => {
                let name = at.balancer.meta.label();
                let fact = self.fact(
                    format!("load balancer `{name}` delivers what its listener for protocol `{protocol}` takes at port {port}"),
                    String::from("listeners for this protocol are not modelled: follow it by hand"),
                    listener.meta.origin.clone(),
                );
                let both = [Protocol::TCP, Protocol::UDP].into_iter();
                let forwarding = Forwarding::Unmodelled(fact);
                return both.map(|protocol| made(protocol, None, forwarding, Vec::new())).collect();
            }
            Handling::Passes(protocols) => *protocols,
        };
        let (forwarding, targets) = match self.choices(at, listener, defaults) {
            Ok((keeps_client, targets)) => (forwarding(keeps_client), targets),
            Err(fact) => (Forwarding::Unmodelled(fact), Vec::new()),
        };
        let mut listeners = Vec::new();
        for protocol in protocols {
            match self.untranslated(at, listener, port) {
                Some((family, other, fact)) => {
                    let unmodelled = Forwarding::Unmodelled(fact);
                    listeners.push(made(*protocol, Some(family), forwarding, targets.clone()));
                    listeners.push(made(*protocol, Some(other), unmodelled, Vec::new()));
                }
                None => listeners.push(made(*protocol, None, forwarding, targets.clone())),
            }
        }
        listeners
    }

    /// Returns the only address family of a listener's targets, where the load balancer takes both, with
    /// the other one and the fact that stands for what becomes of its packets.
    fn untranslated(
        &mut self,
        at: &At<'_>,
        listener: &Listener,
        port: u16,
    ) -> Option<(Family, Family, FactId)> {
        let groups = listener.groups.iter().filter_map(|arn| at.balancing.groups.get(arn));
        let mut families: Vec<bool> = groups.map(|group| group.ipv6).collect();
        families.sort_unstable();
        families.dedup();
        let (true, [ipv6]) = (at.balancer.dual_stack, &*families) else { return None };
        let (family, other) =
            if *ipv6 { (Family::V6, Family::V4) } else { (Family::V4, Family::V6) };
        let name = at.balancer.meta.label();
        let fact = self.fact(
            format!("load balancer `{name}` translates what comes by {other} to port {port} to {family}, and its targets answer"),
            format!("translation between address families is not modelled: ask about {family}"),
            listener.meta.origin.clone(),
        );
        Some((family, other, fact))
    }

    /// The health of targets changes from minute to minute, so every answer says whose it is.
    fn note_health(&mut self, depend: &Named) {
        let Some((names, is_one)) = named(depend) else { return };
        let (noun, verb) = if is_one { ("balancer", "sends") } else { ("balancers", "send") };
        let statement = format!(
            "load {noun} {names} {verb} to the targets that were healthy when they were dumped, \
             or to all of them where too few were"
        );
        self.findings.assume(statement, depend.values().copied().flatten().collect());
    }

    fn note_defaults(&mut self, defaults: &Named) {
        let Some((names, is_one)) = named(defaults) else { return };
        let (noun, verb) = if is_one { ("group", "has") } else { ("groups", "have") };
        let statement = format!(
            "target {noun} {names} {verb} the attributes that AWS sets by itself, as no answer of \
             `aws elbv2 describe-target-group-attributes` tells them"
        );
        self.findings.assume(statement, defaults.values().copied().flatten().collect());
    }

    /// Returns what stands behind an interface that says it is a load balancer's.
    pub(super) fn balancer_behind(
        &mut self,
        interface: &records::Interface,
        tail: &str,
    ) -> InterfaceOwner {
        if let Some(behind) = self.keys.of_balancers.get(&interface.meta.id) {
            return behind.owner;
        }
        let id = &interface.meta.id;
        let named =
            if tail.is_empty() { format!("at interface `{id}`") } else { format!("`{tail}`") };
        let call = if tail.is_empty() || tail.contains('/') { "elbv2" } else { "elb" };
        let fact = self.fact(
            format!(
                "load balancer {named}, which no answer describes, takes the packet and answers it"
            ),
            format!("give the answer of `aws {call} describe-load-balancers` that has it"),
            interface.meta.origin.clone(),
        );
        InterfaceOwner::Unmodelled(fact)
    }
}

/// Whether a listener sends packets on to targets.
fn sends_on(listener: &BalancerListener) -> bool {
    match listener.forwarding {
        Forwarding::KeepClient { .. } | Forwarding::ReplaceClient => !listener.targets.is_empty(),
        Forwarding::Proxy | Forwarding::Unmodelled(_) => false,
    }
}

/// Returns the names as part of a sentence, and whether it is only one; `None` where there is none.
fn named(objects: &Named) -> Option<(String, bool)> {
    let names: Vec<_> = objects.keys().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| (names.join(", "), names.len() == 1))
}

fn forwarding(keeps_client: bool) -> Forwarding {
    if keeps_client {
        Forwarding::KeepClient { bypasses_filters: false }
    } else {
        Forwarding::ReplaceClient
    }
}

/// Adds a target; one that is there already is sent to by the interfaces of both.
pub(super) fn add_target(targets: &mut Vec<BalancerTarget>, target: BalancerTarget) {
    let mut known = targets.iter_mut();
    let same = known.find(|one| one.address == target.address && one.port == target.port);
    let Some(same) = same else { return targets.push(target) };
    same.nodes = match (same.nodes.take(), target.nodes) {
        (Some(mut nodes), Some(more)) => {
            nodes.extend(more);
            nodes.sort_unstable();
            nodes.dedup();
            Some(nodes)
        }
        (None, _) | (_, None) => None,
    };
}
