//! The resolver that AWS runs in every VPC.

use canreach_model::RouteTarget;
use canreach_net::IpNet;

use super::*;

fn leads_to_resolver(network: &Network, table: &str, address: &str) -> bool {
    let (_, table) = get!(network.route_tables, table);
    let prefix: IpNet = format!("{address}/32").parse().unwrap();
    let route = table.routes.iter().find(|route| route.destination == prefix);
    route.is_some_and(|route| {
        matches!(route.target, RouteTarget::Unresolved(fact)
        if network.facts[fact].statement.starts_with(RESOLVER))
    })
}

#[test]
fn every_vpc_has_one_at_its_base_plus_two_that_nothing_filters() {
    let Import { network, .. } = read(&base());
    assert!(leads_to_resolver(&network, "rtb-main-a", "10.1.0.2"));
    assert!(leads_to_resolver(&network, "rtb-public", "10.1.0.2"));
    assert!(leads_to_resolver(&network, "rtb-main-b", "10.2.0.2"));
    let (_, vpc) = get!(network.vpcs, "vpc-a");
    let address: IpNet = "10.1.0.2/32".parse().unwrap();
    for exempt in [&vpc.profile.security_group.exempt, &vpc.profile.network_acl.exempt] {
        assert!(exempt.iter().any(|one| one.prefix == address && one.service.is_none()));
        let other: IpNet = "10.2.0.2/32".parse().unwrap();
        assert!(exempt.iter().all(|one| one.prefix != other), "each VPC has its own");
    }
}

#[test]
fn nobody_reaches_it_from_outside() {
    let Import { network, .. } = read(&base());
    assert!(!leads_to_resolver(&network, "rtb-edge", "10.1.0.2"));
}

#[test]
fn it_stands_in_the_primary_block_whatever_order_the_blocks_are_listed_in() {
    let vpc = |first: &str, second: &str| {
        let blocks = format!(
            r#"{{"Vpcs": [{{"VpcId": "vpc-a", "CidrBlock": "10.1.0.0/16", "CidrBlockAssociationSet": [
            {{"CidrBlock": "{first}", "CidrBlockState": {{"State": "associated"}}}},
            {{"CidrBlock": "{second}", "CidrBlockState": {{"State": "associated"}}}}]}}]}}"#
        );
        vec![(String::from("dump/Vpcs.json"), blocks)]
    };
    for dump in [vpc("10.1.0.0/16", "10.9.0.0/16"), vpc("10.9.0.0/16", "10.1.0.0/16")] {
        let Import { network, .. } = read(&dump);
        assert!(leads_to_resolver(&network, "vpc-a/main", "10.1.0.2"));
        assert!(!leads_to_resolver(&network, "vpc-a/main", "10.9.0.2"));
    }
}
