//! What firewalls, services and routes of instances mean, and cloud firewalls.

use canreach_model::{
    Action, AddressMatch, Border, ChainRule, ChainVerdict, ConnectionState, Direction,
    FirewallList, HookPoint, HostFirewall, HostFirewallKind, LayerKind, Listen, Network, Origin,
    PacketMatch, Polarity, Policy, Setting,
};
use canreach_net::{PortSet, Protocol};

use crate::common::one;

const HOST: &str = "
canreach: 1
profile: generic
vpcs: { v: { cidrs: 10.0.0.0/16 } }
subnets: { s: { vpc: v, cidrs: 10.0.0.0/24, zone: z }, t: { vpc: v, cidrs: 10.0.1.0/24 } }
address_groups: { office: { entries: [203.0.113.0/24] } }
instances:
  a:
    interfaces:
      - { subnet: s, addresses: 10.0.0.4, source_dest_check: false }
      - { subnet: t, addresses: 10.0.1.4 }
";

fn firewall(text: &str) -> HostFirewall {
    let network = one(&format!("{HOST}    firewall: {text}\n"));
    let mut firewalls = network.instances.iter().map(|(_, instance)| instance.firewall.clone());
    let Some(Some(firewall)) = firewalls.next() else { unreachable!("the instance has one") };
    firewall
}

#[test]
fn chains_are_kept_as_written() {
    let firewall = firewall(
        "{ chains: [
      { name: INPUT, hook: input, policy: drop, rules: [
        { name: old, state: [established, related], verdict: accept },
        { input: a/s, protocol: tcp, ports: [80, 443], source: { address_group: office }, verdict: { jump: WEB } },
        { state: invalid, verdict: { goto: WEB } },
        { state: related, verdict: drop } ] },
      { name: WEB, rules: [{ output: a/t, verdict: reject }, { verdict: return }] },
      { name: OUT, hook: output },
      { name: FWD, hook: forward, policy: accept } ] }",
    );
    assert_eq!(firewall.kind, HostFirewallKind::Linux);
    let chains: Vec<(&str, _)> =
        firewall.chains.iter().map(|chain| (&*chain.name, chain.base)).collect();
    let expected = [
        ("INPUT", Some((HookPoint::Input, Policy::Drop))),
        ("WEB", None),
        ("OUT", Some((HookPoint::Output, Policy::Accept))),
        ("FWD", Some((HookPoint::Forward, Policy::Accept))),
    ];
    assert_eq!(chains, expected, "a hook without a policy accepts");

    let rules = &firewall.chains[0].rules;
    assert_eq!(rules[0].name.as_deref(), Some("old"));
    assert_eq!(rules[0].states, Some(vec![ConnectionState::Established]));
    assert_eq!(rules[0].matches, PacketMatch::everything());
    assert_eq!(rules[0].verdict, ChainVerdict::Accept);
    assert_eq!(rules[1].states, None);
    assert_eq!(rules[1].input.map(canreach_model::Id::index), Some(0));
    assert!(matches!(rules[1].matches.source, AddressMatch::AddressGroup(_)));
    let ports: PortSet = [(80, 80), (443, 443)].into_iter().collect();
    assert_eq!(rules[1].matches.destination_ports, ports);
    assert_eq!(rules[1].verdict, ChainVerdict::Jump(1));
    assert_eq!(rules[2].verdict, ChainVerdict::Goto(1));
    assert_eq!(rules[3].states, Some(Vec::new()), "nothing that is modelled is `related`");
    let web = &firewall.chains[1].rules;
    assert_eq!(web[0].output.map(canreach_model::Id::index), Some(1));
    assert_eq!(web[0].verdict, ChainVerdict::Reject);
    assert_eq!(web[1].verdict, ChainVerdict::Return);
}

/// Returns the rules of a chain in few words: name, verdict and destination ports.
fn words(rules: &[ChainRule]) -> Vec<String> {
    let word = |rule: &ChainRule| {
        let ports: Vec<_> = rule.matches.destination_ports.ranges().collect();
        format!("{} {:?} {ports:?}", rule.name.as_deref().unwrap_or("-"), rule.verdict)
    };
    rules.iter().map(word).collect()
}

#[test]
fn windows_tries_answers_then_block_rules_then_allow_rules_then_the_default() {
    let firewall = firewall(
        "{ windows: { profile: public, inbound: block, outbound: block, rules: [
      { name: web, direction: inbound, action: allow, protocol: tcp, ports: 80, remote: 10.0.0.0/8 },
      { name: rdp, direction: inbound, action: allow, profiles: [domain, private], protocol: tcp, ports: 3389 },
      { name: smb, direction: inbound, action: block, profiles: [public], protocol: tcp, ports: 445 },
      { name: off, direction: inbound, action: block, enabled: false },
      { name: dns, direction: outbound, action: allow, protocol: udp, ports: 53, remote: 10.0.0.2, local: 10.0.0.4 } ] } }",
    );
    assert_eq!(firewall.kind, HostFirewallKind::Windows);
    let [inbound, outbound] = firewall.chains.as_slice() else { panic!("two chains") };
    assert_eq!(inbound.base, Some((HookPoint::Input, Policy::Drop)));
    assert_eq!(outbound.base, Some((HookPoint::Output, Policy::Drop)));
    let answers = "answers a connection Accept [(0, 65535)]";
    assert_eq!(
        words(&inbound.rules),
        [answers, "smb Drop [(445, 445)]", "web Accept [(80, 80)]"],
        "rules that are off, or for other profiles, do not count"
    );
    assert_eq!(words(&outbound.rules), [answers, "dns Accept [(53, 53)]"]);
    let first = &inbound.rules[0];
    assert_eq!(first.states, Some(vec![ConnectionState::Established]));
    assert_eq!(first.matches, PacketMatch::everything());
    assert!(matches!(first.origin, Origin::Derived { .. }), "nobody wrote it");
    let source = |rule: &ChainRule| match rule.matches.source {
        AddressMatch::Range(range) => range.to_string(),
        other @ (AddressMatch::Any
        | AddressMatch::SecurityGroup(_)
        | AddressMatch::AddressGroup(_)) => format!("{other:?}"),
    };
    assert_eq!(source(&inbound.rules[2]), "10.0.0.0/8", "inbound, the other side is the source");
    assert_eq!(source(&outbound.rules[1]), "10.0.0.4", "outbound, it is the destination");
    assert_eq!(outbound.rules[1].matches.protocol, Some(Protocol::UDP));
}

#[test]
fn windows_blocks_what_comes_and_allows_what_goes_unless_it_says_otherwise_or_is_off() {
    let plain = firewall("{ windows: {} }");
    let bases: Vec<_> = plain.chains.iter().map(|chain| chain.base).collect();
    let expected =
        [Some((HookPoint::Input, Policy::Drop)), Some((HookPoint::Output, Policy::Accept))];
    assert_eq!(bases, expected);
    let off = firewall("{ windows: { enabled: false, inbound: block } }");
    assert_eq!((off.kind, off.chains.len()), (HostFirewallKind::Windows, 0));
    let compiled = firewall("{ kind: windows, chains: [] }");
    assert_eq!(compiled.kind, HostFirewallKind::Windows);
}

#[test]
fn a_service_may_be_bound_to_an_interface() {
    let network = one(&format!(
        "{HOST}    services: [{{ protocol: tcp, ports: [80, 443], interface: a/t }}]\n"
    ));
    let (_, instance) = network.instances.iter().next().unwrap();
    let services = instance.services.as_ref().unwrap();
    let bound: Vec<_> = services
        .iter()
        .map(|service| match service.listen {
            Listen::Interface(interface) => network.interfaces[interface].meta.label(),
            Listen::Any | Listen::AnyV4 | Listen::AnyV6 | Listen::Address(_) => "an address",
        })
        .collect();
    assert_eq!(bound, ["a/t", "a/t"]);
    let checks: Vec<bool> =
        network.interfaces.iter().map(|(_, interface)| interface.source_dest_check).collect();
    assert_eq!(checks, [false, true]);
    let zones: Vec<_> = network.subnets.iter().map(|(_, subnet)| subnet.zone.as_deref()).collect();
    assert_eq!(zones, [Some("z"), None]);
}

/// Whether instances forward, by name.
fn forwards(network: &Network) -> Vec<(&str, &str)> {
    let word = |setting| match setting {
        Setting::Decided(true) => "yes",
        Setting::Decided(false) => "no",
        Setting::Disputed { .. } => "open",
    };
    let instances = network.instances.iter();
    instances.map(|(_, instance)| (instance.meta.label(), word(instance.forwards))).collect()
}

#[test]
fn whether_an_instance_forwards_is_open_only_where_a_route_leads_to_it() {
    let network = one("
canreach: 1
profile: generic
vpcs: { v: { cidrs: 10.0.0.0/16 } }
subnets: { s: { vpc: v, cidrs: 10.0.0.0/24 } }
instances:
  none: { interfaces: [{ subnet: s, addresses: 10.0.0.4 }] }
  routed: { interfaces: [{ subnet: s, addresses: 10.0.0.5 }] }
  says: { interfaces: [{ subnet: s, addresses: 10.0.0.6 }], forwarding: true }
  not: { interfaces: [{ subnet: s, addresses: 10.0.0.7 }], forwarding: false }
  holder: { interfaces: [{ subnet: s, addresses: 10.0.0.8 }] }
virtual_addresses: { vip: { subnet: s, address: 10.0.0.99, interfaces: [holder, says] } }
route_tables:
  default:
    vpc: v
    routes:
      - { destination: 10.1.0.0/16, interface: routed }
      - { destination: 10.2.0.0/16, interface: not }
      - { destination: 10.3.0.0/16, virtual_address: vip }
");
    let expected =
        [("none", "no"), ("routed", "open"), ("says", "yes"), ("not", "no"), ("holder", "open")];
    assert_eq!(forwards(&network), expected);
    let facts: Vec<_> = network.facts.iter().map(|(_, fact)| &*fact.statement).collect();
    let expected = [
        "instance `routed` forwards packets that are not for itself",
        "instance `holder` forwards packets that are not for itself",
    ];
    assert_eq!(facts, expected);
    assert!(network.facts.iter().all(|(_, fact)| fact.polarity == Polarity::Helps));
    for (_, instance) in network.instances.iter() {
        if let Setting::Disputed { if_true, if_false, .. } = instance.forwards {
            assert!(if_true && !if_false);
        }
    }
}

#[test]
fn routes_of_an_instance_name_its_own_interfaces() {
    let network = one(&format!(
        "{HOST}    routes: [{{ destination: 10.0.1.0/24, interface: a/t }}, {{ destination: 0.0.0.0/0, interface: a/s }}]\n"
    ));
    let (_, instance) = network.instances.iter().next().unwrap();
    let routes: Vec<_> = instance
        .routes
        .iter()
        .map(|route| {
            let interface = network.interfaces[route.interface].meta.label();
            format!("{} {interface}", route.destination)
        })
        .collect();
    assert_eq!(routes, ["10.0.1.0/24 a/t", "0.0.0.0/0 a/s"]);
}

const CLOUD: &str = "
canreach: 1
profile: huawei
vpcs: { v: { cidrs: 10.0.0.0/16 }, w: { cidrs: 10.1.0.0/16 } }
cloud_firewalls:
  cfw:
    internet:
      default: deny
      white_list: [{ source: 203.0.113.0/24 }]
      black_list: [{ destination: 192.0.2.66, protocol: tcp, ports: 22 }]
      inbound: [{ id: r1, action: deny, protocol: tcp, ports: 3306 }]
      outbound:
        - { action: allow, domain: example.com }
        - { action: deny, application: BitTorrent, protocol: tcp }
        - { action: allow, domain: example.org, application: HTTPS }
    vpc: { rules: [{ action: deny }] }
peerings: { p: { requester: v, accepter: w, firewall: cfw } }
nat_gateways: { n: { vpc: v, firewall: cfw }, m: { vpc: v } }
public_addresses: { e: { address: 203.0.113.1, firewall: cfw }, f: { address: 203.0.113.2 } }
transit_gateways: { t: { firewall: cfw }, u: {} }
";

#[test]
fn a_cloud_firewall_has_lists_at_each_border_and_lets_pass_at_those_it_leaves_out() {
    use Action::{Allow, Deny};
    use Border::{Internet, Nat, Vpc};
    use Direction::{Egress, Ingress};
    use FirewallList::{Black, Rules, White};
    let network = one(CLOUD);
    let (_, firewall) = network.cloud_firewalls.iter().next().unwrap();
    let actions = |border, list, direction| -> Vec<Action> {
        firewall.at(border).list(list, direction).iter().map(|rule| rule.action).collect()
    };
    assert_eq!(actions(Internet, White, Ingress), [Allow]);
    assert_eq!(actions(Internet, Black, Egress), [Deny], "lists hold in both directions");
    assert_eq!(actions(Internet, Rules, Ingress), [Deny]);
    assert_eq!(actions(Internet, Rules, Egress), [Allow, Deny, Allow]);
    assert_eq!(actions(Vpc, Rules, Ingress), [Deny], "between VPCs there is one direction");
    assert_eq!(actions(Vpc, Rules, Egress), []);
    let defaults = [Internet, Vpc, Nat].map(|border| firewall.at(border).default);
    assert_eq!(defaults, [Deny, Allow, Allow]);
    assert_eq!(firewall.internet.rules.ingress[0].id.as_deref(), Some("r1"));
    assert_eq!(firewall.nat, canreach_model::BorderRules::default());
}

#[test]
fn what_no_header_shows_is_a_fact_for_each_rule() {
    let network = one(CLOUD);
    let (_, firewall) = network.cloud_firewalls.iter().next().unwrap();
    let facts: Vec<_> = firewall
        .internet
        .rules
        .egress
        .iter()
        .map(|rule| {
            let fact = &network.facts[rule.matches.unresolved.unwrap()];
            (&*fact.statement, fact.polarity)
        })
        .collect();
    let expected = [
        (
            "the packet goes to domain `example.com`, as cloud firewall `cfw` sees it",
            Polarity::Helps,
        ),
        (
            "the packet belongs to application `BitTorrent`, as cloud firewall `cfw` sees it",
            Polarity::Hinders,
        ),
        (
            "the packet goes to domain `example.org` and belongs to application `HTTPS`, as cloud firewall `cfw` sees it",
            Polarity::Helps,
        ),
    ];
    assert_eq!(facts, expected);
    assert!(firewall.internet.rules.ingress[0].matches.unresolved.is_none());
}

#[test]
fn objects_stand_behind_the_firewall_they_name() {
    let network = one(CLOUD);
    let (id, _) = network.cloud_firewalls.iter().next().unwrap();
    let peering = network.peerings.iter().next().unwrap().1.firewall;
    assert_eq!(peering, Some(id));
    let gateways: Vec<_> = network.nat_gateways.iter().map(|(_, nat)| nat.firewall).collect();
    assert_eq!(gateways, [Some(id), None]);
    let public: Vec<_> = network.public_addresses.iter().map(|(_, one)| one.firewall).collect();
    assert_eq!(public, [Some(id), None]);
    let transit: Vec<_> = network.transit_gateways.iter().map(|(_, one)| one.firewall).collect();
    assert_eq!(transit, [Some(id), None]);
}

#[test]
fn that_a_cloud_firewall_keeps_state_is_assumed_unless_it_is_written() {
    let network = one(CLOUD);
    assert!(network.cloud_firewalls.iter().all(|(_, firewall)| firewall.stateful));
    let [assumption] = network.assumptions.as_slice() else { panic!("one assumption") };
    assert!(assumption.statement.starts_with("cloud firewall `cfw` keeps state"), "{assumption:?}");
    let lines: Vec<usize> =
        assumption.places.iter().map(|span| network.sources.location(*span).line).collect();
    assert_eq!(lines, [6]);
    let none = one(&format!("{CLOUD}settings: {{ cloud_firewall_stateful: false }}\n"));
    assert!(none.cloud_firewalls.iter().all(|(_, firewall)| !firewall.stateful));
    assert!(none.assumptions.is_empty());
    let without = one("canreach: 1\nprofile: huawei\nvpcs: { v: { cidrs: 10.0.0.0/16 } }\n");
    assert!(without.assumptions.is_empty());
}

#[test]
fn firewalls_that_no_file_speaks_of_are_not_examined() {
    let not_examined = |text: &str| one(text).not_examined;
    let firewalls = |kinds: &[LayerKind]| {
        [LayerKind::CloudFirewall, LayerKind::HostFirewall].map(|kind| kinds.contains(&kind))
    };
    let vpc = "canreach: 1\nvpcs: { v: { cidrs: 10.0.0.0/16 } }\n";
    let of = |profile: &str| firewalls(&not_examined(&format!("{vpc}profile: {profile}\n")));
    assert_eq!(of("huawei"), [true, true]);
    assert_eq!(of("huawei-allow-only"), [true, true]);
    assert_eq!(of("aws"), [false, true], "there, nothing of the kind can be left out");
    assert_eq!(of("generic"), [false, true]);
    let stated = not_examined(&format!("{vpc}profile: huawei\ncloud_firewalls: {{}}\n"));
    assert_eq!(firewalls(&stated), [false, true], "there are none, says the file");
    let known = not_examined(&format!("{HOST}    firewall: {{ chains: [] }}\n"));
    assert_eq!(firewalls(&known), [false, false]);
}
