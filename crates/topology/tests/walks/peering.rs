//! Peerings, and what may pass through a VPC (§§5, 5a, 11).

use canreach_model::{
    Across, Endpoint, EntryRouting, InterfaceId, InternetGatewayId, NatGatewayId, Obstacle,
    PeeringId, Place, Polarity, ProfileName, RouteTarget, Setting, SourceTranslation, SubnetId,
    TranslationSource, VpcId,
};
use canreach_testkit::{
    Builder,
    builder::{address, allow, prefix},
};
use canreach_topology::{Condition, End, Mode};

use crate::lab::{OUTSIDE, at, one, only, tcp};

/// Two VPCs with a peering, which every packet of the first takes.
struct Two {
    lab: Builder,
    vpcs: (VpcId, VpcId),
    peering: PeeringId,
    subnets: (SubnetId, SubnetId),
    a: InterfaceId,
}

impl Two {
    fn new(profile: impl FnOnce(&mut Builder)) -> Self {
        let mut lab = Builder::new(ProfileName::Aws);
        lab.profile.routing.entry = EntryRouting::DefaultTable;
        profile(&mut lab);
        let vpcs = (lab.vpc(&["10.0.0.0/16"]), lab.vpc(&["10.1.0.0/16"]));
        let peering = lab.peering(vpcs.0, vpcs.1);
        let subnets = (lab.subnet(vpcs.0, &["10.0.0.0/24"]), lab.subnet(vpcs.1, &["10.1.0.0/24"]));
        let a = lab.interface(subnets.0, &["10.0.0.1"]);
        let table = lab.default_table(vpcs.0);
        lab.route(table, "0.0.0.0/0", RouteTarget::Peering(peering));
        Self { lab, vpcs, peering, subnets, a }
    }

    /// Gives the second VPC a default route.
    fn onward(&mut self, target: RouteTarget) {
        let table = self.lab.default_table(self.vpcs.1);
        self.lab.route(table, "0.0.0.0/0", target);
    }

    /// How a request from the first VPC to the Internet ends.
    fn end(&self) -> End {
        let network = self.lab.clone().build();
        one(&network, (at(self.a), "10.0.0.1"), (Endpoint::Internet, OUTSIDE), Mode::Real)
            .request
            .end
    }

    fn not_transitive(&self) -> End {
        End::Stopped(Obstacle::NotTransitive(Across::Peering(self.peering), self.vpcs.1))
    }
}

#[test]
fn what_came_across_a_peering_leaves_by_a_gateway_only_where_that_kind_may() {
    for (internet, nat) in [(false, true), (true, false)] {
        let allow = |lab: &mut Builder| {
            lab.profile.peering.to_internet_gateway = internet;
            lab.profile.peering.to_nat_gateway = nat;
        };
        let mut two = Two::new(allow);
        let gateway: InternetGatewayId = two.lab.internet_gateway(two.vpcs.1);
        two.onward(RouteTarget::InternetGateway(gateway));
        // Beyond, it has no public address; here it only matters that it got there.
        assert_eq!(two.end() == two.not_transitive(), !internet);

        let mut two = Two::new(allow);
        let gateway: NatGatewayId = two.lab.nat_at_vpc(two.vpcs.1);
        two.onward(RouteTarget::NatGateway(gateway));
        let beyond = End::Stopped(Obstacle::NoSourceTranslation(gateway));
        assert_eq!(two.end(), if nat { beyond } else { two.not_transitive() });
    }
}

#[test]
fn a_translation_for_a_subnet_is_not_for_what_a_peering_brought_in() {
    let translated = |source: fn(&Two) -> TranslationSource| {
        let mut two = Two::new(|lab| lab.profile.peering.to_nat_gateway = true);
        // The block of the subnet holds the sender's address too: blocks of two VPCs may overlap.
        two.lab.network.subnets[two.subnets.1].cidrs.push(prefix("10.0.0.0/24"));
        let gateway = two.lab.nat_at_vpc(two.vpcs.1);
        let source = source(&two);
        let addresses = vec![address("203.0.113.1")];
        let origin = allow().origin;
        two.lab.network.nat_gateways[gateway].source_translations =
            vec![SourceTranslation { source, addresses, origin }];
        two.onward(RouteTarget::NatGateway(gateway));
        (two.end(), End::Stopped(Obstacle::NoSourceTranslation(gateway)))
    };
    let (end, none) = translated(|two| TranslationSource::Subnet(two.subnets.1));
    assert_eq!(end, none, "brought in by the peering");
    let (end, none) = translated(|two| TranslationSource::Subnet(two.subnets.0));
    assert_eq!(end, none, "a subnet of another VPC");
    let (end, _) = translated(|_| TranslationSource::Cidr(prefix("10.0.0.0/24")));
    assert_eq!(end, End::Arrived(Endpoint::Internet));
}

#[test]
fn what_a_gateway_in_a_subnet_sends_on_was_sent_in_its_vpc() {
    // A peering brings it in, a gateway in a subnet sends it on, and one at the VPC's edge translates
    // what that subnet sends.
    let mut two = Two::new(|lab| lab.profile.peering.to_nat_gateway = true);
    let (standing, _) = two.lab.nat_in_subnet(two.subnets.1, "10.1.0.9");
    two.onward(RouteTarget::NatGateway(standing));
    let edge = two.lab.nat_at_vpc(two.vpcs.1);
    let source = TranslationSource::Subnet(two.subnets.1);
    let addresses = vec![address("203.0.113.1")];
    two.lab.network.nat_gateways[edge].source_translations =
        vec![SourceTranslation { source, addresses, origin: allow().origin }];
    let table = two.lab.table(two.vpcs.1);
    two.lab.route(table, "0.0.0.0/0", RouteTarget::NatGateway(edge));
    two.lab.network.subnets[two.subnets.1].route_table = table;
    assert_eq!(two.end(), End::Arrived(Endpoint::Internet));
}

#[test]
fn only_the_vpcs_own_addresses_are_entered_for_where_nothing_passes_through() {
    let mut two = Two::new(|lab| lab.profile.routing.entry = EntryRouting::LocalOnly);
    let gateway = two.lab.internet_gateway(two.vpcs.1);
    two.onward(RouteTarget::InternetGateway(gateway));
    assert_eq!(two.end(), two.not_transitive());
}

#[test]
fn packets_that_go_to_and_fro_are_in_a_loop() {
    let mut two = Two::new(|lab| lab.profile.peering.to_peering = Setting::Decided(true));
    two.onward(RouteTarget::Peering(two.peering));
    // §11: the stops are the sending, entering the second VPC, the first, and the second again.
    assert_eq!(two.end(), End::Stopped(Obstacle::RoutingLoop(Place::Router(two.vpcs.1))));
}

#[test]
fn a_disputed_setting_divides_by_its_fact() {
    let mut two = Two::new(|_| ());
    let fact = two.lab.fact(Polarity::Neither);
    two.lab.network.vpcs[two.vpcs.1].profile.peering.to_peering =
        Setting::Disputed { fact, if_true: true, if_false: false };
    let third = two.lab.vpc(&["10.2.0.0/16"]);
    let peering = two.lab.peering(two.vpcs.1, third);
    let subnet = two.lab.subnet(third, &["10.2.0.0/24"]);
    let c = two.lab.interface(subnet, &["10.2.0.3"]);
    two.onward(RouteTarget::Peering(peering));
    let network = two.lab.clone().build();

    let trips = tcp(&network, (at(two.a), "10.0.0.1"), (at(c), "10.2.0.3"), Mode::Real);
    assert_eq!(trips.len(), 2);
    for (value, end) in [(true, End::Arrived(at(c))), (false, two.not_transitive())] {
        let admits = |conditions: &[Condition]| conditions == [Condition::Fact(fact, value)];
        let taken = trips.iter().map(|trip| &trip.request);
        let walk = only(taken.filter(|walk| admits(&walk.guard.conditions)).collect());
        assert_eq!(walk.end, end);
    }
}

#[test]
fn a_peering_that_is_not_active_or_ends_elsewhere_stops() {
    let mut two = Two::new(|_| ());
    two.lab.network.peerings[two.peering].status = canreach_model::PeeringStatus::Expired;
    assert_eq!(two.end(), End::Stopped(Obstacle::PeeringInactive(two.peering)));

    let mut two = Two::new(|_| ());
    let third = two.lab.vpc(&["10.2.0.0/16"]);
    let other = two.lab.peering(two.vpcs.1, third);
    let table = two.lab.default_table(two.vpcs.0);
    two.lab.network.route_tables[table].routes[0].target = RouteTarget::Peering(other);
    assert_eq!(two.end(), End::Stopped(Obstacle::PeeringElsewhere(other, two.vpcs.0)));
}
