//! §5 (connections), §5c and §1: networks on premises.

use canreach_eval::{End, Flow};
use canreach_model::Chooser;
use canreach_model::{
    Across, AttachedTo, ConnectionId, Endpoint, InterfaceId, Obstacle, Pass, Place, ProfileName,
    RemoteNetworkId, RouteTarget, Setting, TransitTarget, VpcId,
};

use crate::lab::{Lab, allow, at, outcomes, places, tcp};

const THERE: &str = "10.0.1.10:40000 -> 192.168.1.5:22";
const HERE: &str = "192.168.1.5:40000 -> 10.0.1.10:22";

/// A VPC with a host, joined with a network on premises.
struct Site {
    lab: Lab,
    web: InterfaceId,
    vpc: VpcId,
    office: RemoteNetworkId,
    vpn: ConnectionId,
}

fn site(profile: ProfileName) -> Site {
    let mut lab = Lab::new(profile);
    let vpc = lab.vpc("10.0.0.0/16 2001:db8::/56");
    let subnet = lab.subnet(vpc, "10.0.1.0/24 2001:db8::/64");
    let web = lab.host(subnet, "10.0.1.10 2001:db8::10");
    let office = lab.remote("192.168.0.0/16 2001:db8:ff::/48");
    let vpn = lab.connection(office, Some(vpc), "10.0.0.0/16 2001:db8::/56");
    for block in ["192.168.0.0/16", "2001:db8:ff::/48"] {
        lab.route(lab.default_table(vpc), block, RouteTarget::Connection(vpn));
    }
    Site { lab, web, vpc, office, vpn }
}

fn stopped(obstacle: Obstacle) -> End {
    End::Stopped(obstacle)
}

#[test]
fn a_connection_joins_a_vpc_with_what_is_on_premises() {
    for profile in ProfileName::ALL {
        let Site { lab, web, vpc, office, vpn } = site(profile);
        let remote = Endpoint::Remote(office);
        let trip = lab.ask(at(web), tcp(THERE), remote);
        assert!(trip.answered(), "{profile}");
        let there = [
            Place::Interface(web),
            Place::Router(vpc),
            Place::Connection(vpn),
            Place::Remote(office),
        ];
        assert_eq!(places(&trip.request), there);
        let mut back = there;
        back.reverse();
        assert_eq!(places(&trip.reply.unwrap()), back);
        let trip = lab.ask(remote, tcp(HERE), at(web));
        assert!(trip.answered(), "{profile}");
        assert_eq!(places(&trip.request), back);
        let v6 = "[2001:db8:ff::5]:40000 -> [2001:db8::10]:22";
        assert!(lab.ask(remote, tcp(v6), at(web)).answered(), "{profile}");
    }
}

#[test]
fn a_flow_from_premises_has_a_source_there() {
    let Site { lab, office, .. } = site(ProfileName::Aws);
    let flow = |text| Flow { start: Endpoint::Remote(office), header: tcp(text) };
    assert!(flow(HERE).is_possible(&lab.network));
    assert!(!flow("192.169.1.5:40000 -> 10.0.1.10:22").is_possible(&lab.network));
}

#[test]
fn only_what_is_behind_a_connection_is_reached_through_it() {
    let Site { mut lab, web, vpc, office, vpn } = site(ProfileName::Aws);
    lab.route(lab.default_table(vpc), "172.16.0.0/12", RouteTarget::Connection(vpn));
    let ask = |lab: &Lab, text: &str| lab.ask(at(web), tcp(text), Endpoint::Remote(office)).request;
    let elsewhere = ask(&lab, "10.0.1.10:40000 -> 172.16.0.1:22");
    let address = "172.16.0.1".parse().unwrap();
    assert_eq!(elsewhere.end, stopped(Obstacle::NotBehind(office, address)));
    lab.network.connections[vpn].up = false;
    assert_eq!(ask(&lab, THERE).end, stopped(Obstacle::ConnectionDown(vpn)));
    for elsewhere in [None, Some(lab.vpc("10.5.0.0/16"))] {
        lab.network.connections[vpn].vpc = elsewhere;
        assert_eq!(ask(&lab, THERE).end, stopped(Obstacle::ConnectionElsewhere(vpn, vpc)));
    }
}

#[test]
fn premises_keep_what_is_their_own() {
    let Site { lab, office, .. } = site(ProfileName::Aws);
    let remote = Endpoint::Remote(office);
    let trip = lab.ask(remote, tcp("192.168.1.5:40000 -> 192.168.2.6:22"), remote);
    assert!(trip.answered());
    assert_eq!(places(&trip.request), [Place::Remote(office)]);
}

#[test]
fn premises_use_the_longest_prefix_that_is_advertised() {
    let Site { mut lab, web, office, vpn, .. } = site(ProfileName::Aws);
    let remote = Endpoint::Remote(office);
    let used = |lab: &Lab| places(&lab.ask(remote, tcp(HERE), at(web)).request)[1];
    let elsewhere = lab.vpc("10.0.0.0/8");
    // One as long comes later; one that is shorter, and one of another office, do not count.
    lab.connection(office, Some(elsewhere), "10.0.0.0/8 10.0.0.0/16");
    let branch = lab.remote("192.168.0.0/16");
    lab.connection(branch, Some(elsewhere), "10.0.1.0/24");
    assert_eq!(used(&lab), Place::Connection(vpn));
    let longer = lab.connection(office, Some(elsewhere), "0.0.0.0/0 10.0.1.0/24 10.0.0.0/8");
    assert_eq!(used(&lab), Place::Connection(longer));
    lab.network.connections[longer].up = false;
    assert_eq!(used(&lab), Place::Connection(vpn));
}

#[test]
fn what_no_connection_advertises_has_no_way() {
    let Site { mut lab, web, office, vpn, .. } = site(ProfileName::Aws);
    let remote = Endpoint::Remote(office);
    let end = |lab: &Lab| lab.ask(remote, tcp(HERE), at(web)).request.end;
    lab.network.connections[vpn].advertised = vec!["10.7.0.0/16".parse().unwrap()];
    assert_eq!(end(&lab), stopped(Obstacle::NotAdvertised(office)));
    let down = lab.connection(office, None, "10.0.1.0/24");
    let later = lab.connection(office, None, "10.0.1.10/32");
    for connection in [vpn, down, later] {
        lab.network.connections[connection].up = false;
    }
    assert_eq!(end(&lab), stopped(Obstacle::ConnectionDown(down)));
    let branch = lab.remote("192.168.0.0/16");
    for connection in [down, later] {
        lab.network.connections[connection].remote = branch;
    }
    assert_eq!(end(&lab), stopped(Obstacle::NotAdvertised(office)));
}

#[test]
fn a_connection_that_ends_in_no_vpc_leads_to_its_transit_gateway() {
    let Site { mut lab, web, vpc, office, vpn } = site(ProfileName::Aws);
    let remote = Endpoint::Remote(office);
    lab.network.connections[vpn].vpc = None;
    let end = |lab: &Lab| lab.ask(remote, tcp(HERE), at(web)).request.end;
    assert_eq!(end(&lab), stopped(Obstacle::NotAdvertised(office)));
    let hub = lab.transit();
    let table = lab.transit_table(hub);
    let other = lab.connection(office, None, "10.9.0.0/16");
    let wrong = lab.transit_table(hub);
    lab.attach(hub, AttachedTo::Connection(other), wrong);
    let of_vpn = lab.attach(hub, AttachedTo::Connection(vpn), table);
    lab.attach(hub, AttachedTo::Connection(vpn), wrong);
    let into_vpc = lab.attach_vpc(hub, vpc, &[], table);
    lab.transit_route(table, "10.0.0.0/16", TransitTarget::Attachment(into_vpc));
    lab.transit_route(table, "192.168.0.0/16", TransitTarget::Attachment(of_vpn));
    let default = lab.default_table(vpc);
    lab.network.route_tables[default].routes.retain(|it| it.target == RouteTarget::Local);
    lab.route(default, "192.168.0.0/16", RouteTarget::TransitGateway(hub));
    let trip = lab.ask(remote, tcp(HERE), at(web));
    assert!(trip.answered());
    let there = [
        Place::Remote(office),
        Place::Connection(vpn),
        Place::TransitGateway(hub),
        Place::Router(vpc),
        Place::Interface(web),
    ];
    assert_eq!(places(&trip.request), there);
    let mut back = there;
    back.reverse();
    assert_eq!(places(trip.reply.as_ref().unwrap()), back);
    lab.network.connections[vpn].up = false;
    let trip = lab.ask(at(web), tcp(THERE), remote);
    assert_eq!(trip.request.end, stopped(Obstacle::ConnectionDown(vpn)));
}

#[test]
fn what_comes_from_premises_has_no_zone() {
    let Site { mut lab, web, vpc, office, vpn } = site(ProfileName::Aws);
    lab.network.connections[vpn].vpc = None;
    let hub = lab.transit();
    let table = lab.transit_table(hub);
    lab.attach(hub, AttachedTo::Connection(vpn), table);
    let through = [lab.subnet(vpc, "10.0.8.0/24"), lab.subnet(vpc, "10.0.9.0/24")];
    let acl = lab.acl(vec![allow()], vec![allow()]);
    let layers = through.map(|subnet| {
        lab.zone(subnet, "a");
        lab.put_acl(subnet, acl)
    });
    let into_vpc = lab.attach_vpc(hub, vpc, &through, table);
    lab.transit_route(table, "10.0.0.0/16", TransitTarget::Attachment(into_vpc));
    lab.choices.picks.insert(Chooser::AttachmentSubnet(into_vpc, Pass::Request), 1);
    let request = lab.ask(Endpoint::Remote(office), tcp(HERE), at(web)).request;
    assert_eq!(request.end, End::Delivered(at(web)));
    assert_eq!(layers.map(|layer| outcomes(&request, layer).len()), [0, 1]);
}

#[test]
fn what_comes_from_premises_leaves_as_the_profile_allows() {
    let Site { mut lab, web, vpc, office, vpn } = site(ProfileName::Huawei);
    let remote = Endpoint::Remote(office);
    lab.network.connections[vpn].advertised.push("0.0.0.0/0".parse().unwrap());
    let other = lab.vpc("10.1.0.0/16");
    let peering = lab.peering(vpc, other);
    let nat = lab.nat_at_vpc(vpc);
    let table = lab.default_table(vpc);
    lab.route(table, "10.1.0.0/16", RouteTarget::Peering(peering));
    lab.route(table, "198.51.100.0/24", RouteTarget::NatGateway(nat));
    let refused = stopped(Obstacle::NotTransitive(Across::Connection(vpn), vpc));
    for allowed in [false, true] {
        let profile = &mut lab.network.vpcs[vpc].profile.peering;
        profile.to_peering = Setting::Decided(allowed);
        profile.to_nat_gateway = !allowed;
        let end = |text| lab.ask(remote, tcp(text), at(web)).request.end;
        assert_eq!(end("192.168.1.5:40000 -> 10.1.1.1:22") != refused, allowed);
        assert_eq!(end("192.168.1.5:40000 -> 198.51.100.7:22") != refused, !allowed);
    }
    lab.network.vpcs[vpc].profile.routing.entry = canreach_model::EntryRouting::LocalOnly;
    let end = lab.ask(remote, tcp("192.168.1.5:40000 -> 10.1.1.1:22"), at(web)).request.end;
    assert_eq!(end, refused);
}
