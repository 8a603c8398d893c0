//! Interfaces, instances, NAT gateways and public addresses.

use canreach_model::{InterfaceOwner, NatPlacement};

use super::*;

#[test]
fn an_interface_has_its_addresses_groups_and_owner() {
    let Import { network, .. } = read(&base());
    let (_, web) = get!(network.interfaces, "eni-web");
    let addresses: Vec<_> = web.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["10.1.1.10", "10.1.1.11", "2001:db8:1:1::10"], "the primary one first");
    let groups: Vec<_> = web
        .security_groups
        .iter()
        .map(|group| network.security_groups[*group].meta.id.as_str())
        .collect();
    assert_eq!(groups, ["sg-web"]);
    assert!(web.filtered && !web.internet_gateway_denied);
    let InterfaceOwner::Instance(instance) = web.owner else { panic!("{:?}", web.owner) };
    assert_eq!(network.instances[instance].meta.label(), "web-1");
    assert!(network.instances[instance].running);
    assert_eq!(network.instances[instance].services, None);
    assert_eq!(home(&network.instances[instance].meta), ("111122223333", "eu-west-1"));

    let (_, db) = get!(network.interfaces, "eni-db");
    assert!(db.internet_gateway_denied, "DenyAllIgwTraffic");
    let InterfaceOwner::Instance(instance) = db.owner else { panic!("{:?}", db.owner) };
    assert!(!network.instances[instance].running, "stopped");
}

#[test]
fn other_interfaces_are_services_or_detached() {
    let Import { network, .. } = read(&base());
    let of = |id: &str| {
        let (_, interface) = get!(network.interfaces, id);
        (interface.owner, interface.filtered, interface.security_groups.len())
    };
    assert_eq!(of("eni-spare"), (InterfaceOwner::Detached, true, 1));
    assert_eq!(of("eni-rds"), (InterfaceOwner::Service, true, 1));
}

#[test]
fn a_load_balancer_answers_only_if_a_fact_holds() {
    let Import { network, .. } = read(&base());
    let (_, balancer) = get!(network.interfaces, "eni-nlb");
    assert!(!balancer.filtered && balancer.security_groups.is_empty(), "it has no groups");
    let InterfaceOwner::Unmodelled(fact) = balancer.owner else { panic!("{:?}", balancer.owner) };
    assert_eq!(
        network.facts[fact].statement,
        "load balancer at interface `eni-nlb`, which no answer describes, takes the packet and answers it"
    );
}

#[test]
fn a_nat_gateway_stands_in_its_subnet_as_its_interface() {
    let Import { network, .. } = read(&base());
    let (key, nat) = get!(network.nat_gateways, "nat-1");
    let (interface, standing) = get!(network.interfaces, "eni-nat");
    assert_eq!(nat.placement, NatPlacement::Subnet(interface));
    assert_eq!(network.vpcs[nat.vpc].meta.id, "vpc-a");
    assert_eq!(standing.owner, InterfaceOwner::NatGateway(key));
    assert!(!standing.filtered);
}

#[test]
fn the_interface_of_a_nat_gateway_is_made_where_no_answer_describes_it() {
    let Import { network, .. } = read(&changed("NetworkInterfaces", "eni-nat", "eni-gone"));
    let (key, nat) = get!(network.nat_gateways, "nat-1");
    let NatPlacement::Subnet(made) = nat.placement else { panic!("{:?}", nat.placement) };
    let made = &network.interfaces[made];
    assert_eq!(made.meta.id, "eni-nat");
    assert_eq!(made.owner, InterfaceOwner::NatGateway(key));
    assert_eq!(network.subnets[made.subnet].meta.id, "subnet-public");
}

#[test]
fn only_an_available_nat_gateway_forwards() {
    for (state, expected) in [
        ("deleted", "0.0.0.0/0 -> blackhole"),
        ("failed", "0.0.0.0/0 -> blackhole"),
        (
            "pending",
            "0.0.0.0/0 -> if NAT gateway `nat-1`, which no answer describes as available, delivers the packet",
        ),
    ] {
        let dump = changed("NatGateways", "\"available\"", &format!("\"{state}\""));
        let Import { network, .. } = read(&dump);
        assert!(routes(&network, "rtb-main-a").contains(&expected.to_owned()), "{state}");
        assert_eq!(network.nat_gateways.len(), 0);
        let (_, interface) = get!(network.interfaces, "eni-nat");
        assert_eq!(interface.owner, InterfaceOwner::Detached, "nothing answers there");
    }
}

#[test]
fn public_addresses_come_from_every_answer_that_names_them() {
    let Import { network, .. } = read(&base());
    assert_eq!(
        public(&network),
        ["203.0.113.5 eni-nat 10.1.1.5", "203.0.113.10 eni-web 10.1.1.10", "203.0.113.77 nothing"]
    );
    assert_eq!(get!(network.public_addresses, "eipalloc-nat").1.address.to_string(), "203.0.113.5");

    let Import { network, .. } = read(&without("Addresses"));
    assert_eq!(
        public(&network),
        ["203.0.113.5 eni-nat 10.1.1.5", "203.0.113.10 eni-web 10.1.1.10"],
        "the NAT gateway names its own"
    );
}

#[test]
fn an_address_of_an_interface_that_is_not_described_is_open() {
    let dump = changed("Addresses", "\"eni-nat\"", "\"eni-far\"");
    let Import { network, .. } = read(&dump);
    let (_, address) = get!(network.public_addresses, "203.0.113.5");
    let Some(PublicAddressTarget::Interface { interface, .. }) = address.target else {
        panic!("{:?}", address.target)
    };
    assert_eq!(network.interfaces[interface].meta.id, "eni-nat", "its NAT gateway has it");
}

#[test]
fn an_instance_describes_its_interfaces_where_nothing_else_does() {
    let interface = r#""NetworkInterfaces": [{
        "NetworkInterfaceId": "eni-second", "SubnetId": "subnet-private", "VpcId": "vpc-a", "OwnerId": "111122223333",
        "PrivateIpAddress": "10.1.2.10", "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.1.2.10",
            "Association": {"PublicIp": "203.0.113.20"}}],
        "Groups": [{"GroupId": "sg-web"}], "SourceDestCheck": true, "Status": "in-use", "InterfaceType": "interface",
        "Attachment": {"Status": "attached", "DeviceIndex": 1}}, {
        "NetworkInterfaceId": "eni-web", "SubnetId": "subnet-private", "PrivateIpAddress": "10.1.2.11"}],
        "Tags": [
                        {
                            "Key": "Name",
                            "Value": "web-1""#;
    let from = "\"NetworkInterfaces\": [],\n                    \"Tags\": [\n                        {\n                            \"Key\": \"Name\",\n                            \"Value\": \"web-1\"";
    let Import { network, .. } = read(&changed("Reservations", from, interface));
    let (_, second) = get!(network.interfaces, "eni-second");
    let InterfaceOwner::Instance(instance) = second.owner else { panic!("{:?}", second.owner) };
    assert_eq!(network.instances[instance].meta.id, "i-web");
    assert!(public(&network).contains(&"203.0.113.20 eni-second 10.1.2.10".to_owned()));
    let (_, web) = get!(network.interfaces, "eni-web");
    assert_eq!(web.addresses[0].to_string(), "10.1.1.10", "as its own answer has it");
}

#[test]
fn an_instance_may_be_known_by_its_interface_alone() {
    let Import { network, .. } = read(&without("Reservations"));
    let (_, web) = get!(network.instances, "i-web");
    let line = line_of("NetworkInterfaces", "2001:db8:1:1::10");
    let place = origin(&network, &web.meta.origin);
    assert!(
        place.starts_with("instance that `eni-web` is attached to (NetworkInterfaces.json:"),
        "{place}"
    );
    assert_ne!(line, 0);
    assert!(web.running);
}

#[test]
fn what_takes_no_part_is_listed() {
    let import = read(&base());
    let old = line_of("Reservations", "\"InstanceId\": \"i-old\"");
    let pcx = {
        let dump = base();
        let (_, text) =
            dump.iter().find(|(path, _)| path.ends_with("VpcPeeringConnections.json")).unwrap();
        let entry = text[..text.find("vpc-x").unwrap()].rfind("\n        {").unwrap();
        text[..=entry].matches('\n').count() + 1
    };
    let stale = line_of("SecurityGroups", "\"stale\"");
    let expected = [
        format!(
            "VpcPeeringConnections.json:{pcx} deleted or failed peering `pcx-0`: no route leads there"
        ),
        format!(
            "SecurityGroups.json:{stale} stale reference to security group `sg-gone`: no peering that is active leads there, so that nothing matches"
        ),
        format!("Reservations.json:{old} terminated instance `i-old`: no interface is left"),
    ];
    assert_eq!(left_out(&import), expected);
    assert_eq!(unread(&import), Vec::<String>::new());
}

#[test]
fn many_of_one_kind_are_one_entry() {
    let dead = |number: u8| {
        format!(r#"{{"InstanceId": "i-dead-{number}", "State": {{"Name": "terminated"}}}}"#)
    };
    let dead: Vec<_> = (1..=5).map(dead).collect();
    let mut dump = without("Reservations");
    let text = format!(r#"{{"Reservations": [{{"Instances": [{}]}}]}}"#, dead.join(", "));
    dump.push(("dump/Dead.json".to_owned(), text));
    let listed = left_out(&read(&dump));
    let expected = "Dead.json:1 5 terminated instances: `i-dead-1`, `i-dead-2`, `i-dead-3`, `i-dead-4` and 1 more: no interface is left";
    assert!(listed.contains(&expected.to_owned()), "{listed:?}");
}
