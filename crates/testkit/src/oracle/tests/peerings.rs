//! §§5, 5a and 11: peerings, entering a VPC, loops and unresolved hops.

use super::*;

// §5: peerings, and §5a.

/// Two VPCs, each with one interface, and a peering with routes on both sides.
pub(super) struct Peered {
    pub(super) builder: Builder,
    pub(super) vpcs: [VpcId; 2],
    pub(super) peering: PeeringId,
    pub(super) a: InterfaceId,
    pub(super) b: InterfaceId,
}

pub(super) fn peered() -> Peered {
    let mut builder = Builder::new(ProfileName::Generic);
    let vpcs = [builder.vpc(&["10.0.0.0/28"]), builder.vpc(&["10.0.1.0/28"])];
    let subnets =
        [builder.subnet(vpcs[0], &["10.0.0.0/30"]), builder.subnet(vpcs[1], &["10.0.1.0/30"])];
    let a = builder.interface(subnets[0], &["10.0.0.1"]);
    let b = builder.interface(subnets[1], &["10.0.1.1"]);
    let peering = builder.peering(vpcs[0], vpcs[1]);
    for (vpc, other) in [(vpcs[0], "10.0.1.0/28"), (vpcs[1], "10.0.0.0/28")] {
        let table = builder.default_table(vpc);
        builder.route(table, other, RouteTarget::Peering(peering));
    }
    Peered { builder, vpcs, peering, a, b }
}

impl Peered {
    pub(super) fn story(&self) -> Story {
        told(&self.builder, inside(self.a), tcp(("10.0.0.1", 9), ("10.0.1.1", 3)), inside(self.b))
    }
}

#[test]
fn a_peering_carries_both_ways_if_active_and_routed_on_both_sides() {
    let mut peered = peered();
    assert_eq!(peered.story().fate, ANSWERED);
    let table = peered.builder.default_table(peered.vpcs[1]);
    let routes = std::mem::take(&mut peered.builder.network.route_tables[table].routes);
    assert_eq!(peered.story().fate, DELIVERED, "no route back");
    peered.builder.network.route_tables[table].routes = routes;
    peered.builder.network.peerings[peered.peering].status = PeeringStatus::PendingAcceptance;
    assert_eq!(lost(&peered.story().request), "PeeringInactive");
    let third = peered.builder.vpc(&["10.0.2.0/28"]);
    peered.builder.network.peerings[peered.peering].status = PeeringStatus::Active;
    peered.builder.network.peerings[peered.peering].requester = third;
    assert_eq!(lost(&peered.story().request), "PeeringElsewhere");
}

#[test]
fn entry_by_the_default_table_passes_peerings_on_where_the_profile_lets_it() {
    // a -> w -> u: the middle VPC has no interface at all.
    let mut builder = Builder::new(ProfileName::Generic);
    let [v, w, u] =
        ["10.0.0.0/28", "10.0.1.0/28", "10.0.2.0/28"].map(|block| builder.vpc(&[block]));
    let (one, two) = (builder.peering(v, w), builder.peering(w, u));
    let tables = [v, w, u].map(|vpc| builder.default_table(vpc));
    builder.route(tables[0], "10.0.2.0/28", RouteTarget::Peering(one));
    builder.route(tables[1], "10.0.2.0/28", RouteTarget::Peering(two));
    builder.route(tables[1], "10.0.0.0/28", RouteTarget::Peering(one));
    builder.route(tables[2], "10.0.0.0/28", RouteTarget::Peering(two));
    let [first, last] =
        [(v, "10.0.0.0/30"), (u, "10.0.2.0/30")].map(|(vpc, block)| builder.subnet(vpc, &[block]));
    let near = builder.interface(first, &["10.0.0.1"]);
    let far = builder.interface(last, &["10.0.2.1"]);
    let header = tcp(("10.0.0.1", 9), ("10.0.2.1", 3));
    let story = |builder: &Builder| told(builder, inside(near), header, inside(far));
    assert_eq!(lost(&story(&builder).request), "NotTransitive", "local only");
    builder.network.vpcs[w].profile.routing.entry = EntryRouting::DefaultTable;
    assert_eq!(lost(&story(&builder).request), "NotTransitive", "not to another peering");
    builder.network.vpcs[w].profile.peering.to_peering = Setting::Decided(true);
    assert_eq!(story(&builder).fate, ANSWERED);
}

#[test]
fn a_loop_is_a_loop_either_way() {
    // Both default tables send 10.0.7.0/24 to the other side.
    let mut peered = peered();
    for vpc in peered.vpcs {
        let profile = &mut peered.builder.network.vpcs[vpc].profile;
        profile.routing.entry = EntryRouting::DefaultTable;
        profile.peering.to_peering = Setting::Decided(true);
        let table = peered.builder.default_table(vpc);
        peered.builder.route(table, "10.0.7.0/24", RouteTarget::Peering(peered.peering));
    }
    let header = tcp(("10.0.0.1", 9), ("10.0.7.1", 3));
    let story = told(&peered.builder, inside(peered.a), header, inside(peered.b));
    assert_eq!(lost(&story.request), "RoutingLoop");
}

#[test]
fn a_way_that_returns_through_its_own_vpc_is_no_loop() {
    // The table of `a`'s subnet sends 10.0.0.5 across the peering, whose other side sends it back.
    let mut peered = peered();
    let [v, w] = peered.vpcs;
    for vpc in peered.vpcs {
        let profile = &mut peered.builder.network.vpcs[vpc].profile;
        profile.routing.entry = EntryRouting::DefaultTable;
        profile.peering.to_peering = Setting::Decided(true);
    }
    let table = peered.builder.table(v);
    peered.builder.route(table, "10.0.0.5/32", RouteTarget::Peering(peered.peering));
    let subnet = peered.builder.network.interfaces[peered.a].subnet;
    peered.builder.network.subnets[subnet].route_table = table;
    let second = peered.builder.subnet(v, &["10.0.0.4/30"]);
    let c = peered.builder.interface(second, &["10.0.0.5"]);
    let header = tcp(("10.0.0.1", 9), ("10.0.0.5", 3));
    let story = told(&peered.builder, inside(peered.a), header, inside(c));
    assert_eq!(story.fate, ANSWERED);
    assert!(
        story.request.been.iter().any(|place| matches!(place.at, At::Entering(vpc, _) if vpc == w))
    );
}

// §5: unresolved.

#[test]
fn an_unresolved_hop_delivers_everything_or_nothing() {
    let mut pair = Pair::new(ProfileName::Generic);
    let fact = pair.builder.fact(Polarity::Helps);
    let table = pair.builder.default_table(pair.vpc);
    pair.builder.route(table, "10.0.0.5/32", RouteTarget::Unresolved(fact));
    assert_eq!(pair.ask(), NOT_DELIVERED);
    let network = pair.builder.build();
    let header = tcp(("10.0.0.1", 9), ("10.0.0.5", 3));
    let holds: Valuation = [(fact, true)].into_iter().collect();
    let choices = Choices::default();
    assert_eq!(fate(&network, inside(pair.a), header, inside(pair.b), &holds, &choices), ANSWERED);
    let question = Question::new(
        inside(pair.a),
        vec![address("10.0.0.1")],
        inside(pair.b),
        vec![address("10.0.0.5")],
    );
    let answer = brute_force(&network, &question, &Universe::of(&network));
    assert_eq!((answer.delivered, answer.answered), (Truth::Unknown, Truth::Unknown));
}
