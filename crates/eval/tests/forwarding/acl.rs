//! §2 step 4, §6 step 2 and §8: network ACLs.

use canreach_eval::{End, Outcome};
use canreach_model::{
    Checkpoint, Direction, InterfaceId, Layer, NetworkAclId, Obstacle, Place, ProfileName, SubnetId,
};
use canreach_net::Protocol;

use crate::lab::{Lab, Narrow, acl_rule, allow, at, deny, of_layer, outcomes, places, tcp};

const SSH: &str = "10.0.1.10:40000 -> 10.0.2.20:22";

struct TwoSubnets {
    lab: Lab,
    web: InterfaceId,
    db: InterfaceId,
    near: SubnetId,
    far: SubnetId,
}

fn two_subnets(profile: ProfileName) -> TwoSubnets {
    let mut lab = Lab::new(profile);
    let vpc = lab.vpc("10.0.0.0/16");
    let (near, far) = (lab.subnet(vpc, "10.0.1.0/24"), lab.subnet(vpc, "10.0.2.0/24"));
    let (web, db) = (lab.host(near, "10.0.1.10"), lab.host(far, "10.0.2.20"));
    TwoSubnets { lab, web, db, near, far }
}

fn ssh_in_ephemeral_out(lab: &mut Lab) -> NetworkAclId {
    let ssh = allow().protocol(Protocol::TCP).ports("22");
    let ephemeral = allow().protocol(Protocol::TCP).ports("32768-60999");
    lab.acl(vec![ssh], vec![ephemeral])
}

#[test]
fn inside_a_subnet_the_acl_does_not_filter() {
    for filters_inside_subnet in [false, true] {
        let mut lab = Lab::new(ProfileName::Aws);
        lab.profile.network_acl.filters_inside_subnet = filters_inside_subnet;
        let vpc = lab.vpc("10.0.0.0/16");
        let subnet = lab.subnet(vpc, "10.0.1.0/24");
        let (web, db) = (lab.host(subnet, "10.0.1.10"), lab.host(subnet, "10.0.1.20"));
        let closed = lab.acl(Vec::new(), Vec::new());
        let layer = lab.put_acl(subnet, closed);
        let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.20:22"), at(db));
        assert_eq!(trip.answered(), !filters_inside_subnet);
        let expected = if filters_inside_subnet {
            vec![(Direction::Egress, Outcome::Denied(None))]
        } else {
            vec![
                (Direction::Egress, Outcome::SameSubnet),
                (Direction::Ingress, Outcome::SameSubnet),
            ]
        };
        assert_eq!(outcomes(&trip.request, layer), expected);
    }
}

#[test]
fn a_stateless_acl_judges_the_reply_by_its_ephemeral_port() {
    let TwoSubnets { mut lab, web, db, far, .. } = two_subnets(ProfileName::Aws);
    let acl = ssh_in_ephemeral_out(&mut lab);
    let layer = lab.put_acl(far, acl);

    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    let reply = trip.reply.unwrap();
    let by = Outcome::Allowed(acl_rule(acl, Direction::Egress, 0));
    assert_eq!(outcomes(&reply, layer), [(Direction::Egress, by)]);
    let seen = of_layer(&reply, layer).next().unwrap().header;
    assert_eq!(seen.to_string(), "10.0.2.20:22 -> 10.0.1.10:40000 tcp");

    let low_port = lab.ask(at(web), tcp("10.0.1.10:1024 -> 10.0.2.20:22"), at(db));
    assert!(low_port.delivered() && !low_port.answered());
    let egress = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(low_port.reply.unwrap().end, End::Denied(egress));
}

#[test]
fn the_clients_acl_judges_the_reply_too() {
    let TwoSubnets { mut lab, web, db, near, .. } = two_subnets(ProfileName::Aws);
    let acl = lab.acl(Vec::new(), vec![allow()]);
    let layer = lab.put_acl(near, acl);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.delivered() && !trip.answered());
    let ingress = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.reply.unwrap().end, End::Denied(ingress));
}

#[test]
fn a_stateful_acl_lets_the_reply_through() {
    let TwoSubnets { mut lab, web, db, far, .. } = two_subnets(ProfileName::Huawei);
    let ssh = allow().protocol(Protocol::TCP).ports("22").priority(1);
    let acl = lab.acl(vec![ssh], Vec::new());
    let layer = lab.put_acl(far, acl);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert!(trip.answered());
    let by_state = [(Direction::Egress, Outcome::AllowedAsReply)];
    assert_eq!(outcomes(&trip.reply.unwrap(), layer), by_state);
}

#[test]
fn one_acl_at_two_subnets_is_two_layers() {
    let TwoSubnets { mut lab, web, db, near, far } = two_subnets(ProfileName::Huawei);
    let acl = lab.acl(vec![allow()], vec![allow()]);
    let (near, far) = (lab.put_acl(near, acl), lab.put_acl(far, acl));
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let allowed = |direction| [(direction, Outcome::Allowed(acl_rule(acl, direction, 0)))];
    assert_eq!(outcomes(&trip.request, near), allowed(Direction::Egress));
    assert_eq!(outcomes(&trip.request, far), allowed(Direction::Ingress));
}

#[test]
fn the_first_rule_that_matches_decides() {
    let TwoSubnets { mut lab, web, db, far, .. } = two_subnets(ProfileName::Aws);
    let narrow = deny().from("10.0.1.0/24").ports("22");
    let acl = lab.acl(vec![narrow.clone(), allow()], vec![allow()]);
    let layer = lab.put_acl(far, acl);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let by = Outcome::Denied(Some(acl_rule(acl, Direction::Ingress, 0)));
    assert_eq!(outcomes(&trip.request, layer), [(Direction::Ingress, by)]);
    lab.network.network_acls[acl].rules.ingress = vec![allow(), narrow];
    assert!(lab.ask(at(web), tcp(SSH), at(db)).answered());
}

#[test]
fn what_no_rule_matches_is_denied() {
    let TwoSubnets { mut lab, web, db, near, .. } = two_subnets(ProfileName::Aws);
    let acl = lab.acl(vec![allow()], vec![allow().ports("443")]);
    let layer = lab.put_acl(near, acl);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    assert_eq!(outcomes(&trip.request, layer), [(Direction::Egress, Outcome::Denied(None))]);
    assert_eq!(places(&trip.request), [Place::Interface(web)], "stopped before the router");
}

#[test]
fn on_the_way_in_the_acl_comes_before_the_groups() {
    let TwoSubnets { mut lab, web, db, far, .. } = two_subnets(ProfileName::Aws);
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(far, closed);
    lab.put_groups(db, &[]);
    let trip = lab.ask(at(web), tcp(SSH), at(db));
    let ingress = Checkpoint { layer, direction: Direction::Ingress };
    assert_eq!(trip.request.end, End::Denied(ingress));
    assert_eq!(trip.request.hops.last().unwrap().place, Place::Interface(db));
}

#[test]
fn the_acl_is_judged_before_an_obstacle_on_the_route() {
    let TwoSubnets { mut lab, web, db, near, .. } = two_subnets(ProfileName::Aws);
    let header = tcp("10.0.1.10:40000 -> 192.0.2.1:22");
    let table = lab.network.subnets[near].route_table;
    let trip = lab.ask(at(web), header, at(db));
    assert_eq!(trip.request.end, End::Stopped(Obstacle::NoRoute(table)));
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(near, closed);
    let trip = lab.ask(at(web), header, at(db));
    let egress = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(trip.request.end, End::Denied(egress));
}

#[test]
fn an_address_nobody_has_is_not_inside_the_subnet() {
    let TwoSubnets { mut lab, web, db, near, .. } = two_subnets(ProfileName::Aws);
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(near, closed);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 10.0.1.99:22"), at(db));
    let egress = Checkpoint { layer, direction: Direction::Egress };
    assert_eq!(trip.request.end, End::Denied(egress));
}

#[test]
fn metadata_is_exempt() {
    let TwoSubnets { mut lab, web, db, near, .. } = two_subnets(ProfileName::Aws);
    let closed = lab.acl(Vec::new(), Vec::new());
    let layer = lab.put_acl(near, closed);
    let trip = lab.ask(at(web), tcp("10.0.1.10:40000 -> 169.254.169.254:80"), at(db));
    assert_eq!(outcomes(&trip.request, layer), [(Direction::Egress, Outcome::Exempt)]);
    let groups = outcomes(&trip.request, Layer::SecurityGroups(web));
    assert_eq!(groups, [(Direction::Egress, Outcome::Exempt)]);
}
