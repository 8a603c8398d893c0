//! §5a, §6a and §9: tables of gateways that lead through an appliance, and what it may do.

use canreach_eval::{End, RoundTrip};
use canreach_model::{
    Checkpoint, ConnectionId, Direction, Endpoint, InterfaceId, InternetGatewayId, Layer, Obstacle,
    Place, ProfileName, RemoteNetworkId, RouteRef, RouteTableId, RouteTarget, Setting, VpcId,
};

use crate::lab::{Lab, allow, at, deny, outcomes, places, tcp};

const IN: &str = "198.51.100.7:40000 -> 203.0.113.10:443";
const HERE: &str = "192.168.1.5:40000 -> 10.0.1.10:22";

/// A host with a public address, an appliance in a subnet of its own, an office, and a table that
/// gateways may have.
struct Site {
    lab: Lab,
    vpc: VpcId,
    web: InterfaceId,
    fw: InterfaceId,
    gateway: InternetGatewayId,
    office: RemoteNetworkId,
    vpn: ConnectionId,
    table: RouteTableId,
}

fn site(profile: ProfileName) -> Site {
    let mut lab = Lab::new(profile);
    let vpc = lab.vpc("10.0.0.0/16");
    let near = lab.subnet(vpc, "10.0.1.0/24");
    let middle = lab.subnet(vpc, "10.0.2.0/24");
    let web = lab.host(near, "10.0.1.10");
    let fw = lab.forwarder(middle, "10.0.2.5");
    let gateway = lab.internet_gateway(vpc);
    lab.public_address("203.0.113.10", web);
    let office = lab.remote("192.168.0.0/16");
    let vpn = lab.connection(office, Some(vpc), "10.0.0.0/16");
    let default = lab.default_table(vpc);
    lab.route(default, "0.0.0.0/0", RouteTarget::InternetGateway(gateway));
    lab.route(default, "192.168.0.0/16", RouteTarget::Connection(vpn));
    let table = lab.table(vpc);
    lab.network.internet_gateways[gateway].route_table = Some(table);
    lab.network.connections[vpn].route_table = Some(table);
    Site { lab, vpc, web, fw, gateway, office, vpn, table }
}

impl Site {
    /// Lets what is for the host go somewhere else.
    fn lead_to(&mut self, target: RouteTarget) {
        self.lab.route(self.table, "10.0.1.0/24", target);
    }

    fn internet_asks(&self) -> RoundTrip {
        self.lab.ask(Endpoint::Internet, tcp(IN), at(self.web))
    }

    fn office_asks(&self) -> RoundTrip {
        self.lab.ask(Endpoint::Remote(self.office), tcp(HERE), at(self.web))
    }

    fn ends(&self) -> [End; 2] {
        [self.internet_asks().request.end, self.office_asks().request.end]
    }
}

#[test]
fn a_table_of_a_gateway_leads_through_an_appliance() {
    let mut it = site(ProfileName::Aws);
    it.lead_to(RouteTarget::Interface(it.fw));
    let (router, web, fw) =
        (Place::Router(it.vpc), Place::Interface(it.web), Place::Interface(it.fw));
    let trip = it.internet_asks();
    assert!(trip.answered());
    let way = [Place::Internet, Place::InternetGateway(it.gateway), router, fw, router, web];
    assert_eq!(places(&trip.request), way);
    let trip = it.office_asks();
    assert!(trip.answered());
    let way = [Place::Remote(it.office), Place::Connection(it.vpn), router, fw, router, web];
    assert_eq!(places(&trip.request), way);
    // One local route of the table is at 0, and the reply does not come by it.
    let taken: Vec<_> = trip.request.hops.iter().filter_map(|hop| hop.route).collect();
    assert_eq!(taken[0], RouteRef { table: it.table, index: 1 });
    assert!(!places(&trip.reply.unwrap()).contains(&fw));
}

#[test]
fn the_appliance_filters_what_comes_in_by_a_gateway() {
    let mut it = site(ProfileName::Aws);
    it.lead_to(RouteTarget::Interface(it.fw));
    let subnet = it.lab.network.interfaces[it.fw].subnet;
    let acl = it.lab.acl(vec![deny()], vec![allow()]);
    let layer = it.lab.put_acl(subnet, acl);
    let denied = End::Denied(Checkpoint { layer, direction: Direction::Ingress });
    assert_eq!(it.ends(), [denied; 2]);
    it.lab.network.subnets[subnet].network_acl = None;
    it.lab.network.interfaces[it.fw].source_dest_check = true;
    assert_eq!(it.ends(), [End::Stopped(Obstacle::SourceDestCheck(it.fw)); 2]);
}

#[test]
fn a_table_of_a_gateway_leads_nowhere_else() {
    for profile in ProfileName::ALL {
        let no_route = |it: &Site| End::Stopped(Obstacle::NoRoute(it.table));
        let mut it = site(profile);
        // The Internet gateway's is asked only where there are such gateways.
        let office = |it: &Site| it.office_asks().request.end;
        assert!(it.office_asks().answered(), "{profile}");
        it.lab.network.route_tables[it.table].routes.clear();
        assert_eq!(office(&it), no_route(&it), "{profile}");
        it.lead_to(RouteTarget::Blackhole);
        let blackhole = Obstacle::Blackhole(RouteRef { table: it.table, index: 0 });
        assert_eq!(office(&it), End::Stopped(blackhole));
        let held =
            it.lab.virtual_address(it.lab.network.interfaces[it.fw].subnet, "10.0.2.100", &[it.fw]);
        for impossible in [
            RouteTarget::VirtualAddress(held),
            RouteTarget::Connection(it.vpn),
            RouteTarget::InternetGateway(it.gateway),
        ] {
            it.lab.network.route_tables[it.table].routes.clear();
            it.lead_to(impossible);
            assert_eq!(office(&it), no_route(&it), "{impossible:?}");
        }
        let fact = it.lab.fact();
        it.lab.network.route_tables[it.table].routes.clear();
        it.lead_to(RouteTarget::Unresolved(fact));
        assert_eq!(office(&it), End::Unmodelled { fact, delivered: false });
    }
}

#[test]
fn only_what_comes_across_the_connection_itself_uses_its_table() {
    let mut it = site(ProfileName::Aws);
    it.lab.network.route_tables[it.table].routes.clear();
    let other = it.lab.vpc("10.5.0.0/16");
    let subnet = it.lab.subnet(other, "10.5.1.0/24");
    let host = it.lab.host(subnet, "10.5.1.5");
    let peering = it.lab.peering(other, it.vpc);
    it.lab.route(it.lab.default_table(other), "10.0.0.0/16", RouteTarget::Peering(peering));
    it.lab.route(it.lab.default_table(it.vpc), "10.5.0.0/16", RouteTarget::Peering(peering));
    let header = tcp("10.5.1.5:40000 -> 10.0.1.10:22");
    assert!(it.lab.ask(at(host), header, at(it.web)).answered());
}

#[test]
fn what_an_appliance_does_may_be_a_fact() {
    let mut it = site(ProfileName::Aws);
    it.lead_to(RouteTarget::Interface(it.fw));
    let instance = it.lab.instance(it.fw);
    let fact = it.lab.fact();
    it.lab.network.instances[instance].appliance = Some(fact);
    for forwards in [false, true] {
        it.lab.network.instances[instance].forwards = Setting::Decided(forwards);
        for known in [false, true] {
            it.lab.valuation.set(fact, known);
            assert_eq!(it.ends(), [End::Unmodelled { fact, delivered: known }; 2]);
            assert_eq!(it.office_asks().answered(), known);
        }
    }
    // It lets in what its groups do.
    it.lab.put_groups(it.fw, &[]);
    let layer = Layer::SecurityGroups(it.fw);
    let denied = End::Denied(Checkpoint { layer, direction: Direction::Ingress });
    assert_eq!(it.ends(), [denied; 2]);
}

#[test]
fn an_appliance_keeps_what_is_its_own_whatever_it_does_with_the_rest() {
    let mut it = site(ProfileName::Aws);
    let instance = it.lab.instance(it.fw);
    let fact = it.lab.fact();
    it.lab.network.instances[instance].appliance = Some(fact);
    it.lab.route(it.table, "10.0.2.0/24", RouteTarget::Interface(it.fw));
    let header = tcp("192.168.1.5:40000 -> 10.0.2.5:22");
    let trip = it.lab.ask(Endpoint::Remote(it.office), header, at(it.fw));
    assert!(trip.answered());
    // Nor does it matter to what is sent to it straight, or by it.
    let header = tcp("10.0.1.10:40000 -> 10.0.2.5:22");
    assert!(it.lab.ask(at(it.web), header, at(it.fw)).answered());
    let header = tcp("10.0.2.5:40000 -> 10.0.1.10:22");
    let trip = it.lab.ask(at(it.fw), header, at(it.web));
    assert!(trip.answered());
    assert_eq!(outcomes(&trip.request, Layer::SecurityGroups(it.fw)).len(), 1);
}
