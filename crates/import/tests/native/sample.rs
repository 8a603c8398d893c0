//! The sample of `docs/model.md`, which readers will copy: it imports without a word.

use canreach_import::{SourceFile, import, render};
use canreach_model::{InterfaceOwner, LayerKind, NatPlacement, Network, RouteTarget, Setting};

/// Returns the sample of the page.
pub(crate) fn sample() -> String {
    let page = include_str!("../../../../docs/model.md");
    let after = page.split_once("```yaml\n").map_or("", |(_, after)| after);
    after.split_once("```").map_or("", |(sample, _)| sample).to_owned()
}

fn network(text: &str) -> Network {
    let files =
        [SourceFile { path: "model.yaml".into(), bytes: text.into(), digest: String::new() }];
    let import = import(&files);
    let messages: Vec<String> =
        import.diagnostics.iter().map(|diagnostic| render(diagnostic, &files, false)).collect();
    assert!(messages.is_empty(), "{}", messages.join("\n"));
    import.network
}

#[test]
fn the_sample_of_the_documentation_has_no_errors() {
    let network = network(&sample());
    assert_eq!(network.not_examined, []);
    let facts: Vec<&str> = network.facts.iter().map(|(_, fact)| fact.statement.as_str()).collect();
    let open = [
        "the packet goes to domain `example.com`, as cloud firewall `cfw` sees it",
        "the packet belongs to application `BitTorrent`, as cloud firewall `cfw` sees it",
        "instance `web-1` forwards packets that are not for itself",
    ];
    assert_eq!(facts, open, "the settings decide what is disputed");
    assert!(network.assumptions.is_empty(), "and whether the firewall keeps state");
    let profile = &network.vpcs.iter().next().expect("there are VPCs").1.profile;
    assert_eq!(profile.security_group.default_priority, Setting::Decided(1));
}

#[test]
fn the_sample_means_what_it_says() {
    let network = network(&sample());
    let names: Vec<&str> = network.interfaces.iter().map(|(_, found)| found.meta.label()).collect();
    assert_eq!(
        names,
        ["web-1", "win-1", "appliance", "lb", "standby", "hub-port", "kms", "nat-in-subnet"]
    );
    let (_, nat) = network.nat_gateways.iter().nth(1).expect("two gateways");
    let NatPlacement::Subnet(interface) = nat.placement else { panic!("it stands in a subnet") };
    assert_eq!(network.interfaces[interface].meta.label(), "nat-in-subnet");
    assert!(matches!(network.interfaces[interface].owner, InterfaceOwner::NatGateway(_)));
    assert!(!network.interfaces[interface].filtered);

    let (_, prod) = network.vpcs.iter().next().expect("two VPCs");
    let table = &network.route_tables[prod.default_route_table];
    let routes: Vec<(String, bool)> = table
        .routes
        .iter()
        .map(|route| (route.destination.to_string(), route.target == RouteTarget::Local))
        .collect();
    let expected = [
        ("10.0.1.0/24", true),
        ("2001:db8::/64", true),
        ("10.0.2.0/24", true),
        ("0.0.0.0/0", false),
        ("10.1.0.0/16", false),
        ("10.9.0.0/16", false),
        ("10.8.0.0/16", false),
        ("10.20.0.0/16", false),
        ("10.3.0.0/16", false),
        ("10.4.0.0/16", false),
        ("198.51.100.0/24", false),
    ];
    let expected: Vec<(String, bool)> =
        expected.iter().map(|(block, local)| ((*block).to_owned(), *local)).collect();
    assert_eq!(routes, expected, "in Huawei Cloud each subnet has a local route");
}

#[test]
fn json_of_the_same_shape_is_read_the_same() {
    let network = network(
        r#"{"canreach": 1, "profile": "generic", "vpcs": {"a": {"cidrs": ["10.0.0.0/8"]}}}"#,
    );
    assert_eq!(network.vpcs.len(), 1);
    let all = [
        LayerKind::SecurityGroup,
        LayerKind::NetworkAcl,
        LayerKind::HostFirewall,
        LayerKind::Listener,
    ];
    assert_eq!(network.not_examined, all);
}
