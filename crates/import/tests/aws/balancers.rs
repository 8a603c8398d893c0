//! Load balancers: whose interfaces they are, what their listeners do, and which targets they send to.
//!
//! Expectations follow the guides of Elastic Load Balancing: "Edit target group attributes",
//! "Cross-zone load balancing for target groups" and "Target group health".

use canreach_model::{BalancerListener, Forwarding, InterfaceOwner};

use super::*;

const LB: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer";
const TG: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/tg/1";

/// An interface: its id, subnet, address, and further members.
fn interface(id: &str, subnet: &str, address: &str, more: &str) -> String {
    format!(
        r#"{{"NetworkInterfaceId": "{id}", "SubnetId": "subnet-{subnet}", "PrivateIpAddress": "{address}",
            "PrivateIpAddresses": [{{"PrivateIpAddress": "{address}", "Primary": true}}], "Status": "in-use", {more}}}"#
    )
}

fn of_instance(id: &str, device: u8) -> String {
    format!(
        r#""Groups": [{{"GroupId": "sg-a"}}], "Attachment": {{"InstanceId": "{id}", "DeviceIndex": {device}}}"#
    )
}

fn of_balancer(tail: &str) -> String {
    format!(
        r#""Groups": [], "InterfaceType": "network_load_balancer", "RequesterManaged": true,
            "Description": "ELB {tail}""#
    )
}

/// A dump of a VPC with subnets in two zones, an instance in each, and a network load balancer with an
/// interface in each, of which the answers `about` it are given.
fn dump(about: &[(&str, String)]) -> Dump {
    let subnet = |name: &str, third: u8| {
        format!(
            r#"{{"SubnetId": "subnet-{name}", "VpcId": "vpc-a", "CidrBlock": "10.0.{third}.0/24",
                "AvailabilityZone": "eu-west-1{name}", "AvailabilityZoneId": "euw1-az-{name}"}}"#
        )
    };
    let interfaces = [
        interface("eni-1", "a", "10.0.1.10", &of_instance("i-1", 0)),
        interface("eni-1x", "b", "10.0.2.11", &of_instance("i-1", 1)),
        interface("eni-2", "b", "10.0.2.10", &of_instance("i-2", 0)),
        interface("eni-lb-a", "a", "10.0.1.50", &of_balancer("net/nlb/9")),
        interface("eni-lb-b", "b", "10.0.2.50", &of_balancer("net/nlb/9")),
    ];
    let mut files: Dump = [
        ("Vpcs", r#"{"VpcId": "vpc-a", "CidrBlock": "10.0.0.0/16"}"#.to_owned()),
        ("Subnets", [subnet("a", 1), subnet("b", 2)].join(", ")),
        ("NetworkInterfaces", interfaces.join(", ")),
        (
            "SecurityGroups",
            r#"{"GroupId": "sg-a", "VpcId": "vpc-a", "IpPermissions": [], "IpPermissionsEgress": []}"#
                .to_owned(),
        ),
    ]
    .map(|(key, objects)| (format!("dump/{key}.json"), format!(r#"{{"{key}": [{objects}]}}"#)))
    .to_vec();
    for (key, text) in about {
        files.push((format!("dump/{key}.json"), text.clone()));
    }
    files
}

fn balancer(more: &str) -> (&'static str, String) {
    let zones = r#"[{"ZoneName": "eu-west-1a", "SubnetId": "subnet-a"}, {"ZoneName": "eu-west-1b", "SubnetId": "subnet-b"}]"#;
    let text = format!(
        r#"{{"LoadBalancers": [{{"LoadBalancerArn": "{LB}/net/nlb/9", "LoadBalancerName": "nlb", "Type": "network",
            "VpcId": "vpc-a", "AvailabilityZones": {zones}, "State": {{"Code": "active"}} {more}}}]}}"#
    );
    ("LoadBalancers", text)
}

/// A listener for a protocol at port 80, as the AWS CLI writes it.
fn listener(protocol: &str) -> (&'static str, String) {
    let text = format!(
        r#"{{"Listeners": [{{"ListenerArn": "{LB}/net/nlb/9/1", "LoadBalancerArn": "{LB}/net/nlb/9", "Port": 80,
            "Protocol": "{protocol}", "DefaultActions": [{{"Type": "forward", "TargetGroupArn": "{TG}"}}]}}]}}"#
    );
    ("Listeners", text)
}

fn group(kind: &str, protocol: &str) -> (&'static str, String) {
    let text = format!(
        r#"{{"TargetGroups": [{{"TargetGroupArn": "{TG}", "TargetGroupName": "tg", "TargetType": "{kind}",
            "Protocol": "{protocol}", "Port": 8080, "IpAddressType": "ipv4"}}]}}"#
    );
    ("TargetGroups", text)
}

/// Targets: id, state, and further members; their group stands beside the list.
fn health(targets: &[(&str, &str, &str)]) -> (&'static str, String) {
    let target = |(id, state, more): &(&str, &str, &str)| {
        format!(r#"{{"Target": {{"Id": "{id}" {more}}}, "TargetHealth": {{"State": "{state}"}}}}"#)
    };
    let targets: Vec<_> = targets.iter().map(target).collect();
    let text = format!(
        r#"{{"TargetHealthDescriptions": [{}], "TargetGroupArn": "{TG}"}}"#,
        targets.join(", ")
    );
    ("TargetHealth", text)
}

fn attributes(arn: &str, key: &str, value: &str) -> (&'static str, String) {
    let beside = if arn == TG { "TargetGroupArn" } else { "LoadBalancerArn" };
    let text = format!(
        r#"{{"Attributes": [{{"Key": "{key}", "Value": "{value}"}}], "{beside}": "{arn}"}}"#
    );
    (if arn == TG { "GroupAttributes" } else { "BalancerAttributes" }, text)
}

const CROSS: &str = "load_balancing.cross_zone.enabled";
const BOTH: [(&str, &str, &str); 2] = [("i-1", "healthy", ""), ("i-2", "healthy", "")];

/// Says what a listener does, in few words.
fn said(network: &Network, listener: &BalancerListener) -> String {
    let forwarding = match listener.forwarding {
        Forwarding::Proxy => String::from("proxy"),
        Forwarding::KeepClient { bypasses_filters } => {
            assert!(!bypasses_filters, "groups and ACLs of targets judge what AWS sends on");
            String::from("keeps client")
        }
        Forwarding::ReplaceClient => String::from("replaces client"),
        Forwarding::Unmodelled(fact) => format!("if {}", network.facts[fact].statement),
    };
    let target = |target: &canreach_model::BalancerTarget| {
        let port = target.port.map(|port| format!(":{port}")).unwrap_or_default();
        let nodes = target.nodes.iter().flatten();
        let nodes: Vec<_> = nodes
            .map(|node| network.interfaces[*node].meta.id.trim_start_matches("eni-"))
            .collect();
        let nodes =
            if nodes.is_empty() { String::new() } else { format!(" from {}", nodes.join("+")) };
        format!("{}{port}{nodes}", target.address)
    };
    let targets: Vec<_> = listener.targets.iter().map(target).collect();
    let family = listener.family.map(|family| format!(" {family}")).unwrap_or_default();
    format!(
        "{} {}{family}: {forwarding} [{}]",
        listener.protocol,
        listener.ports,
        targets.join(", ")
    )
}

/// Returns what the listeners of the only load balancer do.
fn listeners(about: &[(&str, String)]) -> Vec<String> {
    let Import { network, .. } = read(&dump(about));
    let (_, balancer) = network.load_balancers.iter().next().unwrap();
    balancer.listeners.iter().map(|one| said(&network, one)).collect()
}

#[test]
fn its_interfaces_are_found_by_their_descriptions() {
    let about = [balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    let Import { network, report, .. } = read(&dump(&about));
    let (key, found) = network.load_balancers.iter().next().unwrap();
    assert_eq!(
        (found.meta.label(), found.meta.id.as_str()),
        ("nlb", format!("{LB}/net/nlb/9").as_str())
    );
    for id in ["eni-lb-a", "eni-lb-b"] {
        let (_, interface) = get!(network.interfaces, id);
        assert_eq!(interface.owner, InterfaceOwner::LoadBalancer(key));
        assert!(!interface.filtered, "it has no groups");
    }
    assert_eq!(report.unread, []);
}

#[test]
fn its_own_groups_filter_it() {
    let groups = r#", "SecurityGroups": ["sg-a"]"#;
    let about = [balancer(groups), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    let Import { network, .. } = read(&dump(&about));
    let (_, interface) = get!(network.interfaces, "eni-lb-a");
    let group = network.security_groups[interface.security_groups[0]].meta.id.as_str();
    assert_eq!((interface.filtered, group), (true, "sg-a"));
}

#[test]
fn without_balance_across_zones_each_interface_sends_within_its_own() {
    let about = [balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    let apart = "tcp 80: keeps client [10.0.1.10:8080 from lb-a, 10.0.2.10:8080 from lb-b]";
    assert_eq!(listeners(&about), [apart], "the first address of the first interface");

    let with = |more: &[(&'static str, String)]| listeners(&[&about[..], more].concat());
    let across = "tcp 80: keeps client [10.0.1.10:8080, 10.0.2.10:8080]";
    let arn = format!("{LB}/net/nlb/9");
    assert_eq!(with(&[attributes(&arn, CROSS, "true")]), [across]);
    assert_eq!(with(&[attributes(TG, CROSS, "true")]), [across]);
    assert_eq!(
        with(&[attributes(&arn, CROSS, "true"), attributes(TG, CROSS, "false")]),
        [apart],
        "the group's own setting holds"
    );
    assert_eq!(
        with(&[
            attributes(&arn, CROSS, "true"),
            attributes(TG, CROSS, "use_load_balancer_configuration")
        ]),
        [across]
    );
}

#[test]
fn only_healthy_targets_are_sent_to_where_an_interface_sees_one() {
    let with = |targets: &[(&str, &str, &str)], cross: &str| {
        let arn = format!("{LB}/net/nlb/9");
        listeners(&[
            balancer(""),
            listener("TCP"),
            group("instance", "TCP"),
            health(targets),
            attributes(&arn, CROSS, cross),
        ])
    };
    let ill = [("i-1", "unhealthy", ""), ("i-2", "healthy", "")];
    assert_eq!(with(&ill, "true"), ["tcp 80: keeps client [10.0.2.10:8080]"]);
    assert_eq!(
        with(&ill, "false"),
        ["tcp 80: keeps client [10.0.1.10:8080 from lb-a, 10.0.2.10:8080 from lb-b]"],
        "the interface in zone a sees no healthy one and sends to all it sees"
    );
    let all_ill = [("i-1", "unhealthy", ""), ("i-2", "initial", "")];
    assert_eq!(with(&all_ill, "true"), ["tcp 80: keeps client [10.0.1.10:8080, 10.0.2.10:8080]"]);
    let going = [("i-1", "unhealthy", ""), ("i-2", "draining", "")];
    assert_eq!(with(&going, "true"), ["tcp 80: keeps client [10.0.1.10:8080]"]);
    let unused = [("i-1", "unused", ""), ("i-2", "draining", "")];
    assert_eq!(with(&unused, "true"), ["tcp 80: keeps client []"]);
}

#[test]
fn too_few_healthy_targets_are_like_none() {
    let key = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
    let arn = format!("{LB}/net/nlb/9");
    let with = |what: &str, value: &str| {
        listeners(&[
            balancer(""),
            listener("TCP"),
            group("instance", "TCP"),
            health(&[("i-1", "unhealthy", ""), ("i-2", "healthy", "")]),
            attributes(&arn, CROSS, "true"),
            attributes(TG, &format!("{key}.{what}"), value),
        ])
    };
    let all = ["tcp 80: keeps client [10.0.1.10:8080, 10.0.2.10:8080]"];
    let healthy = ["tcp 80: keeps client [10.0.2.10:8080]"];
    assert_eq!(with("count", "2"), all);
    assert_eq!(with("count", "1"), healthy);
    assert_eq!(with("percentage", "51"), all);
    assert_eq!(with("percentage", "50"), healthy);
    assert_eq!(with("percentage", "off"), healthy);
}

#[test]
fn whether_the_client_is_kept_depends_on_targets_and_protocol() {
    let key = "preserve_client_ip.enabled";
    let with = |kind: &str, protocol: &str, more: &[(&'static str, String)]| {
        let target = if kind == "ip" { "10.0.1.10" } else { "i-1" };
        let about = [
            balancer(""),
            listener(protocol),
            group(kind, protocol),
            health(&[(target, "healthy", "")]),
        ];
        let said = listeners(&[&about[..], more].concat());
        let first = said[0].split(" [").next().unwrap().to_owned();
        (first, said.len())
    };
    let says = |text: &str, count: usize| (text.to_owned(), count);
    assert_eq!(with("instance", "TCP", &[]), says("tcp 80: keeps client", 1));
    assert_eq!(
        with("instance", "TCP", &[attributes(TG, key, "false")]),
        says("tcp 80: replaces client", 1)
    );
    assert_eq!(with("ip", "TCP", &[]), says("tcp 80: replaces client", 1));
    assert_eq!(with("ip", "TCP", &[attributes(TG, key, "true")]), says("tcp 80: keeps client", 1));
    assert_eq!(with("ip", "UDP", &[]), says("udp 80: keeps client", 1));
    assert_eq!(with("ip", "TCP_UDP", &[]), says("tcp 80: keeps client", 2));
    assert_eq!(with("ip", "TLS", &[]), says("tcp 80: proxy", 1), "it ends the connection itself");
}

#[test]
fn addresses_are_sent_to_from_the_zone_they_were_registered_for() {
    let with = |address: &str, zone: &str| {
        let more = format!(r#", "AvailabilityZone": "{zone}""#);
        let more = if zone.is_empty() { "" } else { more.as_str() };
        let health = health(&[(address, "healthy", more)]);
        let said = listeners(&[balancer(""), listener("TCP"), group("ip", "TCP"), health]);
        said[0].replace("tcp 80: replaces client ", "")
    };
    assert_eq!(with("10.0.1.10", "eu-west-1b"), "[10.0.1.10:8080 from lb-b]");
    assert_eq!(with("10.0.1.10", "all"), "[10.0.1.10:8080]");
    assert_eq!(with("10.0.1.10", ""), "[10.0.1.10:8080 from lb-a]", "by its subnet");
    assert_eq!(with("10.0.2.77", ""), "[10.0.2.77:8080 from lb-b]", "whoever has it");
    assert_eq!(with("192.168.9.9", ""), "[192.168.9.9:8080]", "outside the VPC");
    assert_eq!(with("10.0.1.10", "eu-west-1c"), "[]", "no interface is there");
}

#[test]
fn listeners_of_global_accelerator_are_listed() {
    let text = r#"{"Listeners": [{"ListenerArn": "arn:aws:globalaccelerator::1:accelerator/a/listener/b", "Protocol": "TCP"}]}"#;
    let import = read(&dump(&[("Accelerator", text.to_owned())]));
    assert_eq!(
        unread(&import),
        [
            "Accelerator.json:1 a listener of Global Accelerator: where it sends packets is not examined"
        ]
    );
}

#[test]
fn a_port_of_its_own_goes_before_that_of_the_group() {
    let about = [
        balancer(""),
        listener("TCP"),
        group("instance", "TCP"),
        health(&[("i-1", "healthy", r#", "Port": 9000"#)]),
    ];
    assert_eq!(listeners(&about), ["tcp 80: keeps client [10.0.1.10:9000 from lb-a]"]);
}

#[test]
fn the_only_interface_of_an_instance_is_its_first() {
    let about = [balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH[1..])];
    let mut files = dump(&about);
    for (_, text) in &mut files {
        *text = text.replace(r#""InstanceId": "i-2", "DeviceIndex": 0"#, r#""InstanceId": "i-2""#);
    }
    let Import { network, .. } = read(&files);
    let (_, balancer) = network.load_balancers.iter().next().unwrap();
    assert_eq!(
        said(&network, &balancer.listeners[0]),
        "tcp 80: keeps client [10.0.2.10:8080 from lb-b]"
    );
}

#[test]
fn several_groups_are_one_choice_and_weight_nought_is_none() {
    let forward = |weight: u8| {
        let second = format!("{TG}2");
        let (key, text) = listener("TCP");
        let action = format!(
            r#""ForwardConfig": {{"TargetGroups": [{{"TargetGroupArn": "{TG}", "Weight": {weight}}},
                {{"TargetGroupArn": "{second}", "Weight": 1}}]}}, "TargetGroupArn""#
        );
        let listener = (key, text.replace("\"TargetGroupArn\"", &action));
        let (_, first) = group("ip", "TCP");
        let groups =
            first.trim_start_matches(r#"{"TargetGroups": ["#).trim_end_matches("]}").to_owned();
        let groups = format!(r#"{{"TargetGroups": [{groups}, {}]}}"#, groups.replace(TG, &second));
        let wrapped = format!(
            r#"{{"LoadBalancerTargetHealth": [
                {{"TargetGroupArn": "{TG}", "TargetHealthDescriptions": [
                    {{"Target": {{"Id": "10.0.1.10", "AvailabilityZone": "all"}}, "TargetHealth": {{"State": "healthy"}}}}]}},
                {{"TargetGroupArn": "{second}", "TargetHealthDescriptions": [
                    {{"Target": {{"Id": "10.9.9.9", "AvailabilityZone": "all"}}, "TargetHealth": {{"State": "healthy"}}}}]}}]}}"#
        );
        listeners(&[balancer(""), listener, ("TargetGroups", groups), ("Health", wrapped)])
    };
    assert_eq!(forward(1), ["tcp 80: replaces client [10.0.1.10:8080, 10.9.9.9:8080]"]);
    assert_eq!(forward(0), ["tcp 80: replaces client [10.9.9.9:8080]"]);
}

#[test]
fn the_family_that_targets_lack_is_translated_in_a_way_that_is_not_modelled() {
    let dual = balancer(r#", "IpAddressType": "dualstack""#);
    let about = [dual, listener("TCP"), group("instance", "TCP"), health(&BOTH[..1])];
    assert_eq!(
        listeners(&about),
        [
            "tcp 80 IPv4: keeps client [10.0.1.10:8080 from lb-a]",
            "tcp 80 IPv6: if load balancer `nlb` translates what comes by IPv6 to port 80 to IPv4, and its targets answer []",
        ]
    );
}

#[test]
fn what_is_not_in_the_dump_is_a_fact_that_names_the_call() {
    let all = [balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    let without = |key: &str| -> Vec<(&str, String)> {
        all.iter().filter(|(one, _)| *one != key).cloned().collect()
    };
    assert_eq!(
        listeners(&without("TargetHealth")),
        [
            "tcp 80: if load balancer `nlb` delivers what it takes at port 80 to the targets of `tg`, which no answer lists []"
        ]
    );
    assert!(listeners(&without("TargetGroups"))[0].contains("which no answer describes"));

    let Import { network, .. } = read(&dump(&without("Listeners")));
    let (_, interface) = get!(network.interfaces, "eni-lb-a");
    let InterfaceOwner::Unmodelled(fact) = interface.owner else { panic!("{:?}", interface.owner) };
    assert_eq!(
        network.facts[fact].settled_by,
        format!(
            "give the answer of `aws elbv2 describe-listeners --load-balancer-arn {LB}/net/nlb/9`"
        )
    );
    let Import { network, .. } = read(&dump(&without("LoadBalancers")));
    let (_, interface) = get!(network.interfaces, "eni-lb-a");
    let InterfaceOwner::Unmodelled(fact) = interface.owner else { panic!("{:?}", interface.owner) };
    assert_eq!(
        network.facts[fact].statement,
        "load balancer `net/nlb/9`, which no answer describes, takes the packet and answers it"
    );
    let unknown =
        [all[0].clone(), all[1].clone(), all[2].clone(), health(&[("i-9", "healthy", "")])];
    assert!(listeners(&unknown)[0].contains("target `i-9`, which no answer describes"));
}

#[test]
fn a_list_of_listeners_that_is_empty_is_an_answer() {
    let wrapped = format!(
        r#"{{"LoadBalancerListeners": [{{"LoadBalancerArn": "{LB}/net/nlb/9", "Listeners": []}}]}}"#
    );
    assert_eq!(listeners(&[balancer(""), ("Listeners", wrapped)]), Vec::<String>::new());
}

#[test]
fn answers_about_nobody_named_are_listed() {
    let mut about = vec![balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    about[3].1 = about[3].1.replace(&format!(r#", "TargetGroupArn": "{TG}""#), "");
    let import = read(&dump(&about));
    assert!(
        unread(&import)[0]
            .starts_with("TargetHealth.json:1 targets of a target group that is not named")
    );
}

#[test]
fn every_answer_tells_that_health_and_defaults_are_assumed() {
    let about = [balancer(""), listener("TCP"), group("instance", "TCP"), health(&BOTH)];
    let Import { network, .. } = read(&dump(&about));
    assert_eq!(
        assumptions(&network),
        [
            "load balancer `nlb` does not balance across zones, as no answer of `aws elbv2 describe-load-balancer-attributes` says otherwise",
            "load balancer `nlb` sends to the targets that were healthy when they were dumped, or to all of them where too few were",
            "target group `tg` has the attributes that AWS sets by itself, as no answer of `aws elbv2 describe-target-group-attributes` tells them",
        ]
    );
}

#[test]
fn an_application_load_balancer_is_a_proxy_and_may_be_a_target() {
    let alb = r#"{"LoadBalancerArn": "ARN/app/web/7", "LoadBalancerName": "web", "Type": "application", "VpcId": "vpc-a",
        "SecurityGroups": ["sg-a"], "State": {"Code": "active"}}"#;
    let alb = alb.replace("ARN", LB);
    let mut lb = balancer("");
    lb.1 = lb.1.replace("{\"LoadBalancers\": [", &format!("{{\"LoadBalancers\": [{alb}, "));
    let mut heard = listener("TCP");
    let second = format!(
        r#"{{"Listeners": [{{"ListenerArn": "{LB}/app/web/7/1", "LoadBalancerArn": "{LB}/app/web/7", "Port": 80,
            "Protocol": "HTTP", "DefaultActions": []}}, "#
    );
    heard.1 = heard.1.replace("{\"Listeners\": [", &second);
    let target = format!("{LB}/app/web/7");
    let mut files = dump(&[lb, heard, group("alb", "TCP"), health(&[(&target, "healthy", "")])]);
    let (_, interfaces) =
        files.iter_mut().find(|(path, _)| path.ends_with("NetworkInterfaces.json")).unwrap();
    let own = interface("eni-web", "a", "10.0.1.60", &of_balancer("app/web/7"));
    *interfaces = interfaces.replace(
        "[{\"NetworkInterfaceId\": \"eni-1\"",
        &format!("[{own}, {{\"NetworkInterfaceId\": \"eni-1\""),
    );
    let Import { network, .. } = read(&files);
    let said: Vec<_> = network
        .load_balancers
        .iter()
        .flat_map(|(_, one)| one.listeners.iter().map(|listener| said(&network, listener)))
        .collect();
    assert_eq!(said, ["tcp 80: proxy []", "tcp 80: keeps client [10.0.1.60:8080]"]);
    assert!(get!(network.interfaces, "eni-web").1.filtered);
}

#[test]
fn a_classic_load_balancer_is_a_proxy_that_describes_itself() {
    let classic = r#"{"LoadBalancerDescriptions": [{"LoadBalancerName": "old", "VPCId": "vpc-a",
        "DNSName": "old-1.eu-west-1.elb.amazonaws.com", "SecurityGroups": ["sg-a"], "Instances": [{"InstanceId": "i-2"}],
        "ListenerDescriptions": [{"Listener": {"Protocol": "TCP", "LoadBalancerPort": 443, "InstancePort": 8443}}]}]}"#;
    let mut files = dump(&[("Classic", classic.to_owned())]);
    for (_, text) in &mut files {
        *text =
            text.replace("ELB net/nlb/9", "ELB old").replace("network_load_balancer", "interface");
    }
    let Import { network, .. } = read(&files);
    let (key, found) = network.load_balancers.iter().next().unwrap();
    assert_eq!(found.meta.label(), "old");
    let said: Vec<_> = found.listeners.iter().map(|listener| said(&network, listener)).collect();
    assert_eq!(said, ["tcp 443: proxy [10.0.2.10:8443]"]);
    let (_, interface) = get!(network.interfaces, "eni-lb-a");
    assert_eq!((interface.owner, interface.filtered), (InterfaceOwner::LoadBalancer(key), true));
}

#[test]
fn other_load_balancers_are_facts() {
    for (from, to, statement) in [
        (
            "\"network\"",
            "\"gateway\"",
            "gateway load balancer `nlb` takes the packet and answers it",
        ),
        (
            "\"active\"",
            "\"provisioning\"",
            "load balancer `nlb`, which is provisioning, takes the packet and answers it",
        ),
    ] {
        let mut lb = balancer("");
        lb.1 = lb.1.replace(from, to);
        let Import { network, .. } = read(&dump(&[lb, listener("TCP")]));
        assert!(facts(&network).contains(&statement), "{:?}", facts(&network));
        assert_eq!(network.load_balancers.len(), 0);
    }
}

#[test]
fn one_without_interfaces_is_listed_and_its_public_addresses_are_open() {
    let zone = r#""SubnetId": "subnet-a", "LoadBalancerAddresses": [{"IpAddress": "203.0.113.9"}]"#;
    let mut lb = balancer("");
    lb.1 = lb.1.replace("net/nlb/9", "net/nlb/8").replace(r#""SubnetId": "subnet-a""#, zone);
    let import = read(&dump(&[lb, listener("TCP")]));
    assert_eq!(
        unread(&import),
        [
            "LoadBalancers.json:1 load balancer `nlb`, none of whose interfaces is described: it takes no part"
        ]
    );
    assert!(
        public(&import.network)[0].starts_with("203.0.113.9 if "),
        "{:?}",
        public(&import.network)
    );
}
