//! Several accounts and regions, and the order of the files.

use super::*;

/// Returns everything about a network that a reader of it could tell, keys and file numbers apart.
fn summary(import: &Import) -> Vec<String> {
    let network = &import.network;
    let mut lines = Vec::new();
    for (_, vpc) in network.vpcs.iter() {
        lines.push(format!(
            "{} {:?} {:?} {}",
            vpc.meta.id,
            home(&vpc.meta),
            vpc.cidrs,
            origin(network, &vpc.meta.origin)
        ));
    }
    for (_, table) in network.route_tables.iter() {
        for one in &table.routes {
            lines.push(format!(
                "{} {} {}",
                table.meta.id,
                route(network, one),
                origin(network, &one.origin)
            ));
        }
    }
    for (_, acl) in network.network_acls.iter() {
        for one in acl.rules.ingress.iter().chain(&acl.rules.egress) {
            lines.push(format!(
                "{} {} {}",
                acl.meta.id,
                rule(network, one),
                origin(network, &one.origin)
            ));
        }
    }
    for (_, group) in network.security_groups.iter() {
        for one in group.rules.ingress.iter().chain(&group.rules.egress) {
            lines.push(format!(
                "{} {} {}",
                group.meta.id,
                rule(network, one),
                origin(network, &one.origin)
            ));
        }
    }
    for (_, one) in network.interfaces.iter() {
        let subnet = &network.subnets[one.subnet];
        lines.push(format!(
            "{} {:?} {} {} {:?} {:?}",
            one.meta.id,
            one.addresses,
            subnet.meta.id,
            one.filtered,
            one.owner,
            one.security_groups
        ));
    }
    for (_, peering) in network.peerings.iter() {
        lines.push(format!("{} {:?} {:?}", peering.meta.id, peering.status, peering.meta.tags));
    }
    lines.extend(public(network));
    lines.extend(facts(network).into_iter().map(str::to_owned));
    lines.extend(assumptions(network).into_iter().map(str::to_owned));
    lines.extend(unread(import));
    lines
}

#[test]
fn the_order_of_the_files_changes_nothing() {
    let mut dump = two_accounts();
    let expected = summary(&read(&dump));
    assert!(expected.len() > 50);
    for _ in 0..dump.len() {
        dump.rotate_left(1);
        assert_eq!(summary(&read(&dump)), expected);
    }
    dump.reverse();
    assert_eq!(summary(&read(&dump)), expected);
}

/// The starting point with a second account, which describes the peering and a subnet as well.
fn two_accounts() -> Dump {
    let mut dump: Dump = base()
        .into_iter()
        .map(|(path, text)| (path.replace("dump/", "dump/accounts/111122223333/eu-west-1/"), text))
        .collect();
    let peering = r#"{"VpcPeeringConnections": [{"VpcPeeringConnectionId": "pcx-1",
        "RequesterVpcInfo": {"VpcId": "vpc-a", "OwnerId": "111122223333", "Region": "eu-west-1"},
        "AccepterVpcInfo": {"VpcId": "vpc-b", "OwnerId": "111122223333", "Region": "eu-west-1"},
        "Status": {"Code": "active"}, "Tags": [{"Key": "Name", "Value": "to front"}]}]}"#;
    let subnets = r#"{"Subnets": [{"SubnetId": "subnet-data", "VpcId": "vpc-b", "CidrBlock": "10.2.1.0/24",
        "OwnerId": "111122223333", "Tags": [{"Key": "team", "Value": "data"}]}]}"#;
    let interfaces = r#"{"NetworkInterfaces": [{"NetworkInterfaceId": "eni-guest", "SubnetId": "subnet-data",
        "VpcId": "vpc-b", "OwnerId": "444455556666", "InterfaceType": "interface", "Status": "in-use",
        "PrivateIpAddress": "10.2.1.77", "Groups": [{"GroupId": "sg-guest"}],
        "Attachment": {"InstanceId": "i-guest"}}]}"#;
    for (name, text) in [
        ("VpcPeeringConnections", peering),
        ("Subnets", subnets),
        ("NetworkInterfaces", interfaces),
    ] {
        dump.push((format!("dump/accounts/444455556666/eu-west-1/{name}.json"), text.to_owned()));
    }
    dump
}

#[test]
fn copies_of_an_object_fill_each_others_gaps() {
    let Import { network, .. } = read(&two_accounts());
    assert_eq!(network.assumptions, [], "nothing disagrees");
    assert_eq!(ids!(network.peerings), ["pcx-1"]);
    assert_eq!(get!(network.peerings, "pcx-1").1.meta.label(), "to front");
    let (_, subnet) = get!(network.subnets, "subnet-data");
    assert_eq!(subnet.meta.tags["team"], "data");
    let (_, guest) = get!(network.interfaces, "eni-guest");
    assert_eq!(home(&guest.meta), ("444455556666", "eu-west-1"));
    assert!(facts(&network).contains(&"`sg-guest`, which no answer describes, allows ingress"));
}

#[test]
fn copies_that_disagree_are_an_assumption_with_both_places() {
    let mut dump = two_accounts();
    let (path, text) = dump
        .iter_mut()
        .rev()
        .find(|(path, _)| path.ends_with("VpcPeeringConnections.json"))
        .unwrap();
    assert!(path.contains("444455556666"));
    *text = text.replace("active", "expired");
    let Import { network, .. } = read(&dump);
    assert_eq!(
        assumptions(&network),
        [
            "peering `pcx-1` is described twice, and the descriptions disagree about its status; the first one holds"
        ]
    );
    let places: Vec<_> =
        network.assumptions[0].places.iter().map(|span| place(&network, *span)).collect();
    assert_eq!(
        places,
        [
            "accounts/111122223333/eu-west-1/VpcPeeringConnections.json:3",
            "accounts/444455556666/eu-west-1/VpcPeeringConnections.json:1",
        ]
    );
}

#[test]
fn the_path_tells_account_and_region_only_where_the_objects_do_not() {
    let vpc = r#"{"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16"},
        {"VpcId": "vpc-2", "CidrBlock": "10.0.0.0/16", "OwnerId": "999988887777"}]}"#;
    let subnet = r#"{"Subnets": [{"SubnetId": "subnet-2", "VpcId": "vpc-2", "CidrBlock": "10.0.0.0/24",
        "AvailabilityZone": "ap-south-1c"}]}"#;
    let folder = "dump/aws_configs/accounts/111122223333/us-gov-west-1";
    let dump = vec![
        (format!("{folder}/a.json"), vpc.to_owned()),
        (format!("{folder}/b.json"), subnet.to_owned()),
    ];
    let Import { network, .. } = read(&dump);
    assert_eq!(home(&get!(network.vpcs, "vpc-1").1.meta), ("111122223333", "us-gov-west-1"));
    assert_eq!(home(&get!(network.vpcs, "vpc-2").1.meta), ("999988887777", "ap-south-1"));
}

#[test]
fn one_id_in_two_regions_is_one_object_or_an_error() {
    let subnets = |region: &str, block: &str| {
        let text = format!(
            r#"{{"Subnets": [{{"SubnetId": "subnet-x", "VpcId": "vpc-b", "CidrBlock": "{block}"}}]}}"#
        );
        (format!("dump/accounts/111122223333/{region}/Subnets.json"), text)
    };
    let told = |dump: &Dump| -> Vec<String> {
        tried(dump).diagnostics.iter().map(|it| format!("{} {}", it.code, it.message)).collect()
    };
    // The id alone makes them one, where the two say the same.
    let same = vec![subnets("eu-west-1", "10.2.9.0/24"), subnets("us-east-1", "10.2.9.0/24")];
    assert!(told(&same).is_empty(), "{:?}", told(&same));
    let other = vec![subnets("eu-west-1", "10.2.9.0/24"), subnets("us-east-1", "10.2.8.0/24")];
    assert_eq!(
        told(&other),
        [
            "aws::two_objects subnet `subnet-x` is described in eu-west-1 and in us-east-1, and they disagree about its CIDR blocks"
        ]
    );
}
