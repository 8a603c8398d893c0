//! Route tables: where each route leads, and which route holds where several have one destination.

use std::collections::BTreeMap;

use canreach_model::{
    FactId, ImpliedBy, InstanceId, InterfaceOwner, Meta, Origin, Route, RouteTable, RouteTarget,
    Span, VpcId,
};
use canreach_net::{AddressSet, Family, IpNet};

use super::{
    super::records::{self, Destination, NatState, PrefixList, Records, RouteState, Target},
    Builder,
    filters::settles_prefix_list,
    vpcs::placed,
};

/// Which of two routes with one destination holds (Amazon VPC user guide, "route priority"): a static
/// route to a CIDR block, then one to a prefix list, then a propagated one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Static,
    PrefixList,
    Propagated,
}

/// A route to a prefix list whose entries no answer lists: it may hold for any packet that no local
/// route takes, or, if it leads to a gateway endpoint, for packets to public addresses.
struct Open {
    fact: FactId,
    span: Span,
    public_only: bool,
}

impl Builder<'_> {
    /// Makes the tables that are not main tables; routes come later.
    pub(super) fn route_tables(&mut self, tables: &Records<records::RouteTable>) {
        for (id, table) in tables {
            if self.keys.route_tables.contains_key(id) {
                continue;
            }
            let Some(vpc) = self.keys.vpcs.get(&table.vpc).copied() else {
                let what =
                    format!("route table `{id}`, whose VPC `{}` no answer describes", table.vpc);
                self.unread(&table.meta, what, "it takes no part");
                continue;
            };
            let meta = placed(&table.meta, &self.network.vpcs[vpc].meta);
            let made = RouteTable { meta, vpc, routes: Vec::new() };
            let key = self.network.route_tables.push(made);
            self.keys.route_tables.insert(id.clone(), key);
        }
    }

    /// Fills every table.
    pub(super) fn routes(
        &mut self,
        tables: &Records<records::RouteTable>,
        lists: &Records<PrefixList>,
    ) {
        for (id, table) in tables {
            let Some(key) = self.keys.route_tables.get(id).copied() else { continue };
            let vpc = self.network.route_tables[key].vpc;
            let routes = self.table(id, table, vpc, lists);
            self.network.route_tables[key].routes = routes;
        }
    }

    fn table(
        &mut self,
        id: &str,
        table: &records::RouteTable,
        vpc: VpcId,
        lists: &Records<PrefixList>,
    ) -> Vec<Route> {
        let mut routes = Chosen::default();
        let mut open = Vec::new();
        for (route, span) in &table.routes {
            if self.is_of_a_block_gone(route, vpc) {
                let what = format!(
                    "a local route of `{id}` for a block that `{}` no longer has",
                    table.vpc
                );
                self.unread(&Meta::new(id, Origin::Written(*span)), what, "it takes no part");
                continue;
            }
            if self.yields_to_local(route, vpc) {
                continue;
            }
            let target = self.target(route, vpc, *span);
            let rank = if route.propagated { Rank::Propagated } else { Rank::Static };
            let list = match &route.destination {
                Destination::Cidr(destination) => {
                    let origin = Origin::Written(*span);
                    routes.add(rank, Route { destination: *destination, target, origin });
                    continue;
                }
                Destination::PrefixList(list) => list,
            };
            match lists.get(list).and_then(|known| known.entries.as_ref()) {
                Some(entries) => {
                    for (range, entry) in entries {
                        let Some(destination) = range.as_prefix() else { continue };
                        let how = format!("entry of prefix list `{list}`");
                        let origin = Origin::Derived { how, from: vec![*span, *entry] };
                        routes.add(Rank::PrefixList, Route { destination, target, origin });
                    }
                }
                None => open.push(self.open(list, route, *span, lists)),
            }
        }
        let ties = std::mem::take(&mut routes.ties);
        let mut routes = routes.routes.into_iter().map(|(_, route)| route).collect::<Vec<_>>();
        self.settle_ties(id, ties, &mut routes);
        self.add_local(vpc, &mut routes);
        self.open_ways_on(vpc, &mut routes);
        for open in open {
            give_way(&open, &mut routes);
        }
        routes
    }

    /// Whether a route is local although its destination lies in no block that is associated.
    fn is_of_a_block_gone(&self, route: &records::Route, vpc: VpcId) -> bool {
        let Destination::Cidr(destination) = route.destination else { return false };
        let mut blocks = self.network.vpcs[vpc].cidrs.iter();
        route.target == Target::Local && !blocks.any(|block| block.contains(&destination))
    }

    /// A propagated route inside a block of the VPC yields to the local route, even if it is more specific
    /// (AWS Site-to-Site VPN guide, "route tables and route priority").
    fn yields_to_local(&self, route: &records::Route, vpc: VpcId) -> bool {
        let Destination::Cidr(destination) = route.destination else { return false };
        let mut blocks = self.network.vpcs[vpc].cidrs.iter();
        route.propagated && blocks.any(|block| block.contains(&destination))
    }

    /// Two prefix lists with one block and two targets: AWS picks one of them for good, at random.
    fn settle_ties(&mut self, id: &str, ties: Vec<usize>, routes: &mut [Route]) {
        for index in ties {
            let Some(route) = routes.get_mut(index) else { continue };
            let destination = route.destination;
            let fact = self.fact(
                format!("the route of `{id}` to {destination} that AWS picks of several delivers the packet"),
                format!("leave only one route to {destination} in `{id}`"),
                route.origin.clone(),
            );
            route.target = RouteTarget::Unresolved(fact);
        }
    }

    /// Every table has a local route for each block of its VPC, unless another target replaced it.
    fn add_local(&self, vpc: VpcId, routes: &mut Vec<Route>) {
        for cidr in &self.network.vpcs[vpc].cidrs {
            if !routes.iter().any(|route| route.destination == *cidr) {
                routes.push(Route {
                    destination: *cidr,
                    target: RouteTarget::Local,
                    origin: Origin::Implied(ImpliedBy::LocalRoute),
                });
            }
        }
    }

    fn open(
        &mut self,
        list: &str,
        route: &records::Route,
        span: Span,
        lists: &Records<PrefixList>,
    ) -> Open {
        let statement = format!(
            "the packet is delivered, whether or not prefix list `{list}` holds its destination"
        );
        let fact = self.fact(statement, settles_prefix_list(list, lists), Origin::Written(span));
        let public_only = matches!(&route.target, Target::Endpoint(_));
        Open { fact, span, public_only }
    }

    fn target(&mut self, route: &records::Route, vpc: VpcId, span: Span) -> RouteTarget {
        match route.state {
            RouteState::Active => {}
            RouteState::Blackhole => return RouteTarget::Blackhole,
            RouteState::Unknown => {
                let (noun, id) = route.target.named();
                let statement = format!(
                    "a route in a state that is not known delivers the packet to {noun} `{id}`"
                );
                let settled = String::from("dump the route tables again when the route is active");
                return self.unresolved(statement, settled, span);
            }
        }
        match &route.target {
            Target::Local => RouteTarget::Local,
            Target::InternetGateway(id) => self.internet_gateway_target(id, span),
            Target::NatGateway(id) => self.nat_gateway_target(id, span),
            Target::Peering(id) => self.peering_target(id, span),
            Target::TransitGateway(id) => self.transit_gateway_target(id, vpc, span),
            Target::VpnGateway(id) => self.vpn_gateway_target(id, route, span),
            Target::Endpoint(id) => self.endpoint_target(id, vpc, span),
            Target::Interface(id) => self.interface_target(id, vpc, span),
            Target::Instance(id) => self.instance_target(id, vpc, span),
            Target::Other(noun, id) => self.unmodelled_target(noun, id, span),
        }
    }

    fn internet_gateway_target(&mut self, id: &str, span: Span) -> RouteTarget {
        if let Some(key) = self.keys.internet_gateways.get(id) {
            return RouteTarget::InternetGateway(*key);
        }
        let call = if id.starts_with("eigw") {
            "describe-egress-only-internet-gateways"
        } else {
            "describe-internet-gateways"
        };
        self.unresolved(
            format!("Internet gateway `{id}`, which no answer describes, delivers the packet"),
            format!("give the answer of `aws ec2 {call}` for `{id}`"),
            span,
        )
    }

    fn nat_gateway_target(&mut self, id: &str, span: Span) -> RouteTarget {
        if let Some(key) = self.keys.nat_gateways.get(id) {
            return RouteTarget::NatGateway(*key);
        }
        if self.keys.nat_states.get(id) == Some(&NatState::Gone) {
            return RouteTarget::Blackhole;
        }
        if self.keys.regional_nats.contains(id) {
            return self.unmodelled_target("regional NAT gateway", id, span);
        }
        self.unresolved(
            format!(
                "NAT gateway `{id}`, which no answer describes as available, delivers the packet"
            ),
            format!(
                "give the answers of `describe-nat-gateways` and `describe-subnets` for `{id}`"
            ),
            span,
        )
    }

    fn peering_target(&mut self, id: &str, span: Span) -> RouteTarget {
        if let Some(key) = self.keys.peerings.get(id) {
            return RouteTarget::Peering(*key);
        }
        let half = self.keys.half_peerings.get(id);
        if half.is_some_and(|half| half.inactive) {
            return RouteTarget::Blackhole;
        }
        let settled = match half {
            Some(half) => format!("give a dump that tells {} of this peering", half.missing),
            None => {
                format!("give the answer of `aws ec2 describe-vpc-peering-connections` for `{id}`")
            }
        };
        let statement =
            format!("peering `{id}`, which is not described in full, delivers the packet");
        self.unresolved(statement, settled, span)
    }

    /// A route to an interface: what its instance does with packets of others no answer tells, so that
    /// a fact decides it once the filters and the source/destination check let the packet in.
    fn interface_target(&mut self, id: &str, vpc: VpcId, span: Span) -> RouteTarget {
        let Some(key) = self.keys.interfaces.get(id).copied() else {
            return self.unresolved(
                format!("interface `{id}`, which no answer describes, delivers the packet"),
                format!("give the answer of `aws ec2 describe-network-interfaces` for `{id}`"),
                span,
            );
        };
        if self.network.vpc_of(key) != vpc {
            return self.unmodelled_target("interface", id, span);
        }
        if let InterfaceOwner::Instance(instance) = self.network.interfaces[key].owner {
            self.note_appliance(instance);
        }
        RouteTarget::Interface(key)
    }

    fn note_appliance(&mut self, instance: InstanceId) {
        if self.network.instances[instance].appliance.is_some() {
            return;
        }
        let meta = &self.network.instances[instance].meta;
        let (id, origin) = (meta.id.clone(), meta.origin.clone());
        let fact = self.fact(
            format!("instance `{id}` delivers packets that are not for itself, and brings their answers back"),
            format!("find out what `{id}` does with such packets: the input does not hold its routes, firewall and translations"),
            origin,
        );
        self.network.instances[instance].appliance = Some(fact);
    }

    /// AWS writes the interface beside the instance; where it does not, the primary one is meant.
    fn instance_target(&mut self, id: &str, vpc: VpcId, span: Span) -> RouteTarget {
        if let Some(interface) = self.keys.primary_interfaces.get(id).copied() {
            let interface = self.network.interfaces[interface].meta.id.clone();
            return self.interface_target(&interface, vpc, span);
        }
        self.unresolved(
            format!(
                "instance `{id}`, whose primary interface no answer describes, delivers the packet"
            ),
            format!("give the answer of `aws ec2 describe-network-interfaces` for `{id}`"),
            span,
        )
    }

    pub(super) fn unmodelled_target(&mut self, noun: &str, id: &str, span: Span) -> RouteTarget {
        self.unresolved(
            format!("{noun} `{id}` delivers the packet"),
            format!("follow the way beyond `{id}` by hand: a route to this kind of target is not modelled"),
            span,
        )
    }

    pub(super) fn unresolved(
        &mut self,
        statement: String,
        settled_by: String,
        span: Span,
    ) -> RouteTarget {
        RouteTarget::Unresolved(self.fact(statement, settled_by, Origin::Written(span)))
    }
}

/// The routes that hold, in the order written.
#[derive(Default)]
struct Chosen {
    routes: Vec<(Rank, Route)>,
    by_destination: BTreeMap<IpNet, usize>,
    /// Positions at which two routes of one rank lead to different targets.
    ties: Vec<usize>,
}

impl Chosen {
    fn add(&mut self, rank: Rank, route: Route) {
        let index = self.routes.len();
        let known = *self.by_destination.entry(route.destination).or_insert(index);
        match self.routes.get_mut(known) {
            None => self.routes.push((rank, route)),
            Some(kept) if rank < kept.0 => {
                *kept = (rank, route);
                self.ties.retain(|tie| *tie != known);
            }
            Some(kept) if rank == kept.0 && route.target != kept.1.target => self.ties.push(known),
            Some(_) => {}
        }
    }
}

/// Makes every route that the open one could take packets from as open as that one is.
fn give_way(open: &Open, routes: &mut Vec<Route>) {
    let public = AddressSet::public_unicast();
    let target = RouteTarget::Unresolved(open.fact);
    for route in routes.iter_mut() {
        let concerned =
            !open.public_only || !public.is_disjoint(&AddressSet::from(route.destination));
        if concerned && route.target != RouteTarget::Local {
            route.target = target;
        }
    }
    for family in Family::BOTH {
        let destination = family.everywhere();
        if !routes.iter().any(|route| route.destination == destination) {
            routes.push(Route { destination, target, origin: Origin::Written(open.span) });
        }
    }
}
