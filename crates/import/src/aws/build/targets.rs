//! Which targets the listeners of a load balancer send to, and from which of its interfaces.
//!
//! Sources: the pages "Target groups for your Network Load Balancers", "Edit target group attributes",
//! "Cross-zone load balancing for target groups" and "Target group health" of the Elastic Load
//! Balancing guides.

use std::{collections::BTreeMap, net::IpAddr};

use canreach_model::{BalancerTarget, FactId, InterfaceId, Origin, Span, SubnetId};

use super::{
    super::records::{
        Balancer, BalancerTarget as Registered, Balancing, Health, Listener, TargetGroup,
        TargetKind,
    },
    Builder,
    balancers::add_target,
};

/// The load balancer that is looked at.
pub(super) struct At<'a> {
    pub(super) balancing: &'a Balancing,
    pub(super) id: &'a str,
    pub(super) balancer: &'a Balancer,
    /// Its interfaces.
    pub(super) nodes: &'a [InterfaceId],
}

/// Objects that one assumption is about, by their names, with where they are described.
pub(super) type Named = BTreeMap<String, Option<Span>>;

/// A target that may get connections.
struct Candidate {
    address: IpAddr,
    port: Option<u16>,
    /// The interfaces that may send to it.
    nodes: Vec<InterfaceId>,
    healthy: bool,
    span: Span,
}

/// Where a target is, as far as that decides which interfaces send to it.
enum Place {
    Everywhere,
    Subnet(SubnetId),
    /// In a zone, by the name that the account of the load balancer has for it.
    Zone(String),
}

impl Builder<'_> {
    /// Returns the targets that a listener sends packets to, and whether it keeps the client's address;
    /// or the fact that stands for what it does.
    pub(super) fn choices(
        &mut self,
        at: &At<'_>,
        listener: &Listener,
        defaults: &mut Named,
    ) -> Result<(bool, Vec<BalancerTarget>), FactId> {
        let (mut keeps, mut targets) = (None, Vec::new());
        for arn in &listener.groups {
            let Some(group) = at.balancing.groups.get(arn) else {
                return Err(self.undescribed(
                    at,
                    listener,
                    &format!("target group `{arn}`, which no answer describes"),
                    "give the answer of `aws elbv2 describe-target-groups`".to_owned(),
                ));
            };
            if !at.balancing.attributes.contains_key(arn) {
                defaults.insert(group.meta.label().to_owned(), group.meta.origin.span());
            }
            let keep = keeps_client(at.balancing, arn, group);
            if *keeps.get_or_insert(keep) != keep {
                return Err(self.undescribed(
                    at,
                    listener,
                    "target groups of which some keep the client's address and some do not",
                    format!(
                        "give the target groups of `{}` one `preserve_client_ip.enabled`",
                        listener.meta.id
                    ),
                ));
            }
            for candidate in self.candidates(at, listener, arn, group)? {
                let all = candidate.nodes.len() == at.nodes.len();
                let target = BalancerTarget {
                    address: candidate.address,
                    port: candidate.port,
                    nodes: (!all).then_some(candidate.nodes),
                    origin: Origin::Written(candidate.span),
                };
                add_target(&mut targets, target);
            }
        }
        Ok((keeps.unwrap_or(true), targets))
    }

    /// Returns the targets that answers about a proxy name, as far as they are known.
    pub(super) fn proxied(&self, at: &At<'_>, listener: &Listener) -> Vec<BalancerTarget> {
        let mut targets = Vec::new();
        for arn in &listener.groups {
            let group = at.balancing.groups.get(arn);
            let registered = at.balancing.targets.get(arn);
            let (Some(group), Some(registered)) = (group, registered) else { continue };
            for target in registered.iter().filter(|target| target.health != Health::Out) {
                for (address, _) in self.places(at, group, target).unwrap_or_default() {
                    let port = target.port.or(group.port);
                    let origin = Origin::Written(target.span);
                    add_target(&mut targets, BalancerTarget { address, port, nodes: None, origin });
                }
            }
        }
        targets
    }

    fn undescribed(
        &mut self,
        at: &At<'_>,
        listener: &Listener,
        whom: &str,
        settled_by: String,
    ) -> FactId {
        let (name, port) = (at.balancer.meta.label(), listener.port.unwrap_or_default());
        let statement =
            format!("load balancer `{name}` delivers what it takes at port {port} to {whom}");
        self.fact(statement, settled_by, listener.meta.origin.clone())
    }

    /// Returns the targets of a group, each with the interfaces that send to it as the targets' health
    /// is; those that none sends to are left out.
    fn candidates(
        &mut self,
        at: &At<'_>,
        listener: &Listener,
        arn: &str,
        group: &TargetGroup,
    ) -> Result<Vec<Candidate>, FactId> {
        let Some(registered) = at.balancing.targets.get(arn) else {
            let whom = format!("the targets of `{}`, which no answer lists", group.meta.label());
            let call = format!(
                "give the answer of `aws elbv2 describe-target-health --target-group-arn {arn}`"
            );
            return Err(self.undescribed(at, listener, &whom, call));
        };
        let crosses = self.crosses_zones(at, arn);
        let mut candidates = Vec::new();
        for target in registered.iter().filter(|target| target.health != Health::Out) {
            let Some(places) = self.places(at, group, target) else {
                let whom = format!("target `{}`, which no answer describes", target.id);
                let call = "give the answer of `aws ec2 describe-network-interfaces` that has it";
                return Err(self.undescribed(at, listener, &whom, call.to_owned()));
            };
            for (address, place) in places {
                let place = if crosses { Place::Everywhere } else { place };
                let nodes = self.nodes_for(at, target, &place);
                let port = target.port.or(group.port);
                let healthy = target.health == Health::Healthy;
                candidates.push(Candidate { address, port, nodes, healthy, span: target.span });
            }
        }
        leave_the_healthy(at, arn, &mut candidates);
        candidates.retain(|candidate| !candidate.nodes.is_empty());
        Ok(candidates)
    }

    /// Whether the interfaces of a load balancer send to targets of a group in every zone.
    fn crosses_zones(&mut self, at: &At<'_>, arn: &str) -> bool {
        const KEY: &str = "load_balancing.cross_zone.enabled";
        match at.balancing.attribute(arn, KEY) {
            Some("true") => return true,
            Some("false") => return false,
            Some(_) | None => {}
        }
        if let Some(value) = at.balancing.attribute(at.id, KEY) {
            return value == "true";
        }
        if at.nodes.len() > 1 {
            let statement = format!(
                "load balancer `{}` does not balance across zones, as no answer of \
                 `aws elbv2 describe-load-balancer-attributes` says otherwise",
                at.balancer.meta.label()
            );
            let places = at.balancer.meta.origin.span().into_iter().collect();
            self.assume_once(statement, places);
        }
        false
    }

    /// Notes what is taken for granted, unless that was just noted.
    fn assume_once(&mut self, statement: String, places: Vec<Span>) {
        let noted = &self.findings.assumptions;
        if !noted.iter().any(|one| one.statement == statement) {
            self.findings.assume(statement, places);
        }
    }

    /// Returns the addresses of a target and where they are; `None` where no answer tells.
    fn places(
        &self,
        at: &At<'_>,
        group: &TargetGroup,
        target: &Registered,
    ) -> Option<Vec<(IpAddr, Place)>> {
        match group.kind {
            TargetKind::Instance => {
                let interface = *self.keys.primary_interfaces.get(&target.id)?;
                let interface = &self.network.interfaces[interface];
                let mut own = interface.addresses.iter();
                let address = own.find(|address| address.is_ipv6() == group.ipv6)?;
                Some(vec![(*address, Place::Subnet(interface.subnet))])
            }
            TargetKind::Address => {
                let address = target.id.parse().ok()?;
                let place = match target.zone.as_deref() {
                    Some("all") => Place::Everywhere,
                    Some(zone) => Place::Zone(zone.to_owned()),
                    // Within the VPC, AWS knows the zone itself.
                    None => self.subnet_with(at, address).map_or(Place::Everywhere, Place::Subnet),
                };
                Some(vec![(address, place)])
            }
            TargetKind::Balancer => {
                let behind = self.keys.of_balancers.iter();
                let owner = behind.filter(|(_, one)| one.balancer == target.id);
                let keys = owner.filter_map(|(interface, _)| self.keys.interfaces.get(interface));
                let addresses = keys.flat_map(|key| &self.network.interfaces[*key].addresses);
                let v4 = addresses.filter(|address| address.is_ipv6() == group.ipv6);
                let places: Vec<_> = v4.map(|address| (*address, Place::Everywhere)).collect();
                (!places.is_empty()).then_some(places)
            }
            TargetKind::Function => Some(Vec::new()),
        }
    }

    /// Returns the subnet that an address is in, of the VPC of the load balancer.
    fn subnet_with(&self, at: &At<'_>, address: IpAddr) -> Option<SubnetId> {
        let vpc = self.network.vpc_of(*at.nodes.first()?);
        let mut subnets = self.network.subnets.iter().filter(|(_, subnet)| subnet.vpc == vpc);
        let within = subnets.find(|(_, one)| one.cidrs.iter().any(|cidr| cidr.contains(&address)));
        within.map(|(key, _)| key)
    }

    /// Returns the interfaces that may send to a target, by where it is.
    fn nodes_for(&mut self, at: &At<'_>, target: &Registered, place: &Place) -> Vec<InterfaceId> {
        let zone_of = |node: &InterfaceId| {
            let subnet = self.network.interfaces[*node].subnet;
            (subnet, self.network.subnets[subnet].zone.as_deref())
        };
        let own = |wanted: &dyn Fn(SubnetId, &str) -> bool| {
            let zones: Option<Vec<_>> = at
                .nodes
                .iter()
                .map(|node| {
                    let (subnet, zone) = zone_of(node);
                    Some((*node, wanted(subnet, zone?)))
                })
                .collect();
            zones.map(|zones| {
                zones.into_iter().filter(|(_, in_it)| *in_it).map(|(node, _)| node).collect()
            })
        };
        let nodes: Option<Vec<InterfaceId>> = match place {
            Place::Everywhere => Some(at.nodes.to_vec()),
            Place::Subnet(subnet) => {
                let zone = self.network.subnets[*subnet].zone.as_deref();
                zone.and_then(|zone| own(&|_, one| one == zone))
            }
            Place::Zone(name) => {
                let subnet = at.balancer.zones.get(name).and_then(|id| self.keys.subnets.get(id));
                own(&|one, zone| Some(&one) == subnet || zone == name)
            }
        };
        if let Some(nodes) = nodes {
            return nodes;
        }
        if at.nodes.len() > 1 {
            let statement = format!(
                "every interface of load balancer `{}` sends to target `{}`, whose zone is not known",
                at.balancer.meta.label(),
                target.id
            );
            self.assume_once(statement, vec![target.span]);
        }
        at.nodes.to_vec()
    }
}

/// Whether the targets of a group see the client's address. It cannot be switched off where they take
/// UDP or are load balancers themselves; addresses that take only TCP do not see it by default.
fn keeps_client(balancing: &Balancing, arn: &str, group: &TargetGroup) -> bool {
    if group.takes_udp || group.kind == TargetKind::Balancer {
        return true;
    }
    match balancing.attribute(arn, "preserve_client_ip.enabled") {
        Some(value) => value == "true",
        None => group.kind == TargetKind::Instance,
    }
}

/// Takes from each target the interfaces that see enough healthy ones to leave it out: those that
/// see too few send to all.
fn leave_the_healthy(at: &At<'_>, arn: &str, candidates: &mut [Candidate]) {
    let threshold = |what: &str| {
        let key =
            format!("target_group_health.unhealthy_state_routing.minimum_healthy_targets.{what}");
        at.balancing.attribute(arn, &key).and_then(|value| value.parse::<usize>().ok())
    };
    let (count, percentage) = (threshold("count").unwrap_or(1).max(1), threshold("percentage"));
    for node in at.nodes {
        let seen = candidates.iter().filter(|candidate| candidate.nodes.contains(node));
        let (mut healthy, mut all) = (0_usize, 0_usize);
        for candidate in seen {
            all = all.saturating_add(1);
            healthy = healthy.saturating_add(usize::from(candidate.healthy));
        }
        let share = percentage.unwrap_or(0).saturating_mul(all);
        if healthy >= count && healthy.saturating_mul(100) >= share {
            let ill = candidates.iter_mut().filter(|candidate| !candidate.healthy);
            ill.for_each(|candidate| candidate.nodes.retain(|one| one != node));
        }
    }
}
