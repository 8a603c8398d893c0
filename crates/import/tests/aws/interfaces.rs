//! What stands behind an interface of each kind, and which addresses it has.

use canreach_model::InterfaceOwner;

use super::*;

/// The starting point with one interface more, in the private subnet.
fn with(members: &str) -> Dump {
    let mut dump = base();
    let text = format!(
        r#"{{"NetworkInterfaces": [{{"NetworkInterfaceId": "eni-new", "SubnetId": "subnet-private", "Status": "in-use",
            "VpcId": "vpc-a", "OwnerId": "111122223333", "PrivateIpAddress": "10.1.2.200", {members}}}]}}"#
    );
    dump.push(("dump/More.json".to_owned(), text));
    dump
}

/// What stands behind an interface of a type, made by a service of AWS that describes it so.
fn behind(kind: &str, description: &str) -> String {
    let members = format!(
        r#""InterfaceType": "{kind}", "Description": "{description}", "RequesterManaged": true, "Groups": [{{"GroupId": "sg-web"}}]"#
    );
    let Import { network, .. } = read(&with(&members));
    match get!(network.interfaces, "eni-new").1.owner {
        InterfaceOwner::Instance(_) => String::from("instance"),
        InterfaceOwner::NatGateway(_) => String::from("NAT gateway"),
        InterfaceOwner::LoadBalancer(_) => String::from("load balancer"),
        InterfaceOwner::Service => String::from("service"),
        InterfaceOwner::Unmodelled(fact) => network.facts[fact].statement.clone(),
        InterfaceOwner::Gateway => String::from("gateway"),
        InterfaceOwner::Detached => String::from("detached"),
    }
}

#[test]
fn services_answer_at_interfaces_of_many_types() {
    for (kind, description) in [
        ("interface", "RDSNetworkInterface"),
        ("interface", "VPC Endpoint Interface vpce-1"),
        ("vpc_endpoint", "VPC Endpoint Interface vpce-1"),
        ("quicksight", ""),
        ("api_gateway_managed", ""),
    ] {
        assert_eq!(behind(kind, description), "service", "{kind} {description}");
    }
}

#[test]
fn an_attachment_of_a_transit_gateway_only_carries_on() {
    assert_eq!(behind("transit_gateway", ""), "gateway");
    let old = "Network Interface for Transit Gateway Attachment tgw-attach-1";
    assert_eq!(behind("interface", old), "gateway", "the oldest answers have no type for it");
}

#[test]
fn what_is_not_modelled_is_a_fact_that_names_it() {
    for (kind, description, statement) in [
        (
            "gateway_load_balancer_endpoint",
            "",
            "the endpoint of a gateway load balancer behind interface `eni-new` takes the packet and answers it",
        ),
        (
            "interface",
            "ClientVPN Endpoint resource",
            "the Client VPN endpoint behind interface `eni-new` takes the packet and answers it",
        ),
        (
            "lambda",
            "AWS Lambda VPC ENI-hello",
            "the function behind interface `eni-new` takes the packet and answers it",
        ),
        (
            "evs",
            "",
            "what has the type `evs` and stands behind interface `eni-new` takes the packet and answers it",
        ),
        (
            "load_balancer",
            "ELB app/web/1",
            "load balancer `app/web/1`, which no answer describes, takes the packet and answers it",
        ),
        (
            "interface",
            "ELB old",
            "load balancer `old`, which no answer describes, takes the packet and answers it",
        ),
    ] {
        assert_eq!(behind(kind, description), statement);
    }
}

#[test]
fn the_interface_of_an_instance_is_one_whatever_made_it() {
    let members = r#""InterfaceType": "interface", "Description": "ELB of our own", "RequesterManaged": false,
        "Groups": [{"GroupId": "sg-web"}], "Attachment": {"InstanceId": "i-web", "DeviceIndex": 1}"#;
    let Import { network, .. } = read(&with(members));
    let InterfaceOwner::Instance(instance) = get!(network.interfaces, "eni-new").1.owner else {
        panic!("not an instance's")
    };
    assert_eq!(network.instances[instance].meta.id, "i-web");
}

#[test]
fn every_address_may_have_a_public_one_of_its_own() {
    let members = r#""Groups": [{"GroupId": "sg-web"}], "PrivateIpAddresses": [
        {"PrivateIpAddress": "10.1.2.201", "Primary": false, "Association": {"PublicIp": "203.0.113.201"}},
        {"PrivateIpAddress": "10.1.2.200", "Primary": true, "Association": {"PublicIp": "203.0.113.200"}}],
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8:1:2::200"}]"#;
    let Import { network, .. } = read(&with(members));
    let (_, interface) = get!(network.interfaces, "eni-new");
    let addresses: Vec<_> = interface.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["10.1.2.200", "10.1.2.201", "2001:db8:1:2::200"]);
    for line in ["203.0.113.200 eni-new 10.1.2.200", "203.0.113.201 eni-new 10.1.2.201"] {
        assert!(public(&network).contains(&line.to_owned()), "{line}: {:?}", public(&network));
    }
}

#[test]
fn an_interface_has_the_addresses_of_the_prefixes_delegated_to_it() {
    let members =
        r#""Groups": [{"GroupId": "sg-web"}], "Ipv4Prefixes": [{"Ipv4Prefix": "10.1.2.208/28"}]"#;
    let Import { network, report, .. } = read(&with(members));
    let (_, interface) = get!(network.interfaces, "eni-new");
    let addresses: Vec<_> = interface.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses.len(), 17);
    assert_eq!((&*addresses[1], &*addresses[16]), ("10.1.2.208", "10.1.2.223"));
    assert!(get!(network.vpcs, "vpc-a").1.unlisted.is_none());
    assert!(!report.unread.iter().any(|one| one.what.contains("prefix")));
}

#[test]
fn addresses_of_a_large_prefix_are_open() {
    let members = r#""Groups": [{"GroupId": "sg-web"}], "Ipv6Prefixes": [{"Ipv6Prefix": "2001:db8:1:2:1::/80"}]"#;
    let Import { network, .. } = read(&with(members));
    let fact = &network.facts[get!(network.vpcs, "vpc-a").1.unlisted.unwrap()];
    assert_eq!(
        fact.statement,
        "something in `vpc-a` that got the address from a delegated prefix takes the packet and answers it"
    );
    assert!(fact.settled_by.contains("2001:db8:1:2:1::/80 of `eni-new`"), "{}", fact.settled_by);
    assert!(get!(network.vpcs, "vpc-b").1.unlisted.is_none());
}

#[test]
fn internet_traffic_that_is_denied_is_denied_through_gateways_of_both_kinds() {
    let Import { network, .. } =
        read(&with(r#""Groups": [{"GroupId": "sg-web"}], "DenyAllIgwTraffic": true"#));
    let (_, interface) = get!(network.interfaces, "eni-new");
    assert!(interface.internet_gateway_denied && interface.egress_only_gateway_denied);
}

#[test]
fn forwarding_for_others_is_no_gap() {
    let import = read(&with(
        r#""Groups": [{"GroupId": "sg-web"}], "SourceDestCheck": false, "RequesterManaged": false"#,
    ));
    assert!(!get!(import.network.interfaces, "eni-new").1.source_dest_check);
    assert!(!unread(&import).iter().any(|line| line.contains("eni-new")));
}

#[test]
fn an_address_beyond_a_carrier_gateway_is_open() {
    let members = r#""Groups": [{"GroupId": "sg-web"}], "PrivateIpAddresses": [
        {"PrivateIpAddress": "10.1.2.200", "Primary": true, "Association": {"CarrierIp": "198.51.100.7"}}]"#;
    let Import { network, .. } = read(&with(members));
    let expected = "198.51.100.7 if whoever has 198.51.100.7 now takes the packet and answers it";
    assert!(public(&network).contains(&expected.to_owned()), "{:?}", public(&network));
}
