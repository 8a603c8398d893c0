//! What the written file looks like and what it means, from `docs/model.md`.

use canreach_import::write;
use canreach_model::{ImpliedBy, LayerKind, Network, Origin, Rule};

use crate::common::{file, read, read_back, survives};

const MODEL: &str = "
canreach: 1
profile: aws
vpcs: { a: { cidrs: 10.0.0.0/16, default_route_table: main } }
subnets: { s: { vpc: a, cidrs: [10.0.1.0/24], network_acl: acl } }
route_tables:
  main: { vpc: a, routes: [{ destination: 10.9.0.0/16, blackhole: true }] }
network_acls:
  acl:
    ingress:
      - { number: 100, action: allow }
security_groups:
  sg:
    ingress:
      - { protocol: tcp, ports: [22, 80-443], source: 10.0.0.0/8 }
interfaces:
  db: { subnet: s, addresses: [10.0.1.9], security_groups: [sg], tags: { role: db } }
";

fn model() -> Network {
    read(&[file("prod/net.yaml", MODEL.as_bytes())])
}

fn first_rule(network: &Network) -> &Rule {
    let (_, group) = network.security_groups.iter().next().unwrap();
    group.rules.ingress.first().unwrap()
}

/// Where the first rule is reported.
fn reported(network: &Network) -> String {
    let Origin::Written(span) = first_rule(network).origin else { panic!("it was written") };
    let place = network.sources.location(span);
    format!("{}:{}:{}", place.path, place.line, place.column)
}

#[test]
fn a_record_says_of_everything_where_it_was() {
    insta::assert_snapshot!(write(&model()), @r#"
    canreach: 1
    profile: aws
    not_examined: [host-firewall, listener]

    sources:
      - { path: prod/net.yaml, digest: "sha256:208" }

    vpcs:
      a: { cidrs: 10.0.0.0/16, default_route_table: main, origin: "0:4:9" }

    subnets:
      s: { vpc: a, cidrs: 10.0.1.0/24, network_acl: acl, origin: "0:5:12" }

    route_tables:
      main:
        vpc: a
        routes:
          - { destination: 10.9.0.0/16, blackhole: true, origin: "0:7:28" }
        origin: "0:7:3"

    network_acls:
      acl:
        ingress:
          - { number: 100, action: allow, origin: "0:11:9" }
        origin: "0:9:3"

    security_groups:
      sg:
        ingress:
          - { protocol: tcp, source: 10.0.0.0/8, ports: [22, 80-443], origin: "0:15:9" }
        origin: "0:13:3"

    interfaces:
      db: { subnet: s, addresses: 10.0.1.9, security_groups: [sg], tags: { role: db }, origin: "0:17:3" }
    "#);
}

#[test]
fn what_was_read_is_reported_where_it_was_written_first() {
    assert_eq!(reported(&model()), "prod/net.yaml:15:9");
    let text = write(&model());
    let record = read_back(&text);
    assert_eq!(reported(&record), "prod/net.yaml:15:9");
    // And again, through a record of the record, which does not count as a source itself.
    let again = read(&[file("other/copy.yaml", write(&record).as_bytes())]);
    assert_eq!(reported(&again), "prod/net.yaml:15:9");
    let paths: Vec<&str> = again.sources.inputs().map(|input| &*input.path).collect();
    assert_eq!(paths, ["other/copy.yaml", "prod/net.yaml"]);
    let recorded: Vec<_> =
        again.sources.iter().map(|(id, _)| again.sources.recorded_in(id).is_some()).collect();
    assert_eq!(recorded, [false, true]);
}

#[test]
fn what_was_added_to_a_record_is_reported_there() {
    let text = write(&model());
    let marker = "    ingress:\n      - { protocol: tcp";
    assert!(text.contains(marker), "{text}");
    let edited =
        text.replace(marker, "    ingress:\n      - { protocol: udp }\n      - { protocol: tcp");
    let line = 1 + edited.lines().position(|line| line.contains("udp")).unwrap();
    let network = read_back(&edited);
    assert_eq!(reported(&network), format!("written.yaml:{line}:9"));
    // Recorded again, the edited record is a source like the others.
    let again = read(&[file("copy.yaml", write(&network).as_bytes())]);
    assert_eq!(reported(&again), format!("written.yaml:{line}:9"));
    let paths: Vec<&str> = again.sources.inputs().map(|input| &*input.path).collect();
    assert_eq!(paths, ["copy.yaml", "written.yaml", "prod/net.yaml"]);
}

#[test]
fn objects_of_one_id_keep_it_under_names_of_their_own() {
    let network = read(&[
        file("one.yaml", MODEL.as_bytes()),
        file("two.yaml", MODEL.replace("10.0.1.9", "10.0.1.10").as_bytes()),
    ]);
    let text = write(&network);
    assert!(text.contains("  db~2:"), "{text}");
    let back = read_back(&text);
    let found: Vec<String> = back
        .interfaces
        .iter()
        .map(|(_, it)| format!("{} {} in {:?}", it.meta.id, it.addresses[0], it.subnet))
        .collect();
    assert_eq!(found, ["db 10.0.1.9 in Subnet#0", "db 10.0.1.10 in Subnet#1"]);
}

/// A provider may have let something stand that it would refuse today.
#[test]
fn a_record_is_not_judged_by_what_a_provider_would_accept() {
    let odd = "
profile: aws
vpcs: { a: { cidrs: 10.0.0.0/16 }, b: { cidrs: 10.0.0.0/8 } }
subnets: { s: { vpc: a, cidrs: 192.168.0.0/24 } }
peerings: { ab: { requester: a, accepter: b } }
route_tables:
  default: { vpc: a, routes: [{ destination: 10.0.1.0/24, blackhole: true }] }
network_acls: { acl: { ingress: [{ action: deny, source_ports: 5 }] } }
security_groups: { sg: { vpc: b, ingress: [{ action: deny }] } }
interfaces: { i: { subnet: s, addresses: [172.16.0.1], security_groups: [sg] } }
";
    let network = read_back(&format!("canreach: 1\nsources: []\n{odd}"));
    assert_eq!((network.peerings.len(), network.interfaces.len()), (1, 1));
    assert_eq!(network.network_acls.iter().next().unwrap().1.rules.ingress.len(), 1);
    assert_eq!(first_rule(&network).action, canreach_model::Action::Deny);
    let files = [file("m.yaml", format!("canreach: 1\n{odd}").as_bytes())];
    let said = canreach_import::import(&files).diagnostics;
    let mut codes: Vec<&str> = said.iter().map(|it| it.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let expected = [
        "model::deny_rule",
        "model::missing_key",
        "model::other_vpc",
        "model::outside_subnet",
        "model::outside_vpc",
        "model::peering_overlap",
        "model::ports_without_protocol",
        "model::route_in_local",
        "model::source_ports",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_layer_that_a_record_lacks_is_not_examined_beside_a_model_either() {
    let record = "canreach: 1\nsources: []\nnot_examined: [security-group, listener]\n\
        profile: aws\nvpcs: { a: { cidrs: 10.0.0.0/16 } }\n";
    let [groups, hosts, services] =
        [LayerKind::SecurityGroup, LayerKind::HostFirewall, LayerKind::Listener];
    assert_eq!(read_back(record).not_examined, [groups, services]);
    let both = read(&[file("r.yaml", record.as_bytes()), file("m.yaml", MODEL.as_bytes())]);
    assert_eq!(both.not_examined, [groups, services], "the record speaks of hosts' firewalls");
    let none = record.replace("[security-group, listener]", "[]");
    assert_eq!(read_back(&none).not_examined, [], "the record says that all were looked for");
    let other = read(&[file("m.yaml", MODEL.as_bytes())]);
    assert_eq!(other.not_examined, [hosts, services]);
}

/// Only what the provider adds is added by the reader too; a local route that is there for another
/// reason is written, and so is an order of its own.
#[test]
fn local_routes_are_left_out_only_where_the_reader_makes_the_same() {
    let network = model();
    assert!(!write(&network).contains("local"), "the reader makes it");
    let changed = |change: fn(&mut canreach_model::RouteTable)| {
        let mut network = network.clone();
        let table = network.route_tables.ids().next().unwrap();
        change(&mut network.route_tables[table]);
        survives(&network, "with a changed table")
    };
    let text = changed(|table| {
        let first = table.routes.first_mut().unwrap();
        first.origin = Origin::Implied(ImpliedBy::MissingInput);
    });
    assert!(text.contains("local_routes: false"), "{text}");
    assert!(changed(|table| table.routes.reverse()).contains("local: true"));
    assert!(changed(|table| table.routes.clear()).contains("local_routes: false"));
}

/// Whatever a provider puts into its ids and names is read as it was.
#[test]
fn ids_and_names_may_be_any_text() {
    let mut network = model();
    let id = network.interfaces.ids().next().unwrap();
    for odd in ["", "null", "~", "yes", "010", "a: b", "#x", "\"", "\u{85}é\n\t", "- a", "{}", "*"]
    {
        let meta = &mut network.interfaces[id].meta;
        odd.clone_into(&mut meta.id);
        meta.name = Some(odd.to_owned());
        meta.aliases = vec![odd.to_owned()];
        meta.tags = [(odd.to_owned(), odd.to_owned())].into();
        survives(&network, odd);
    }
}

/// What reading a model would fill in or put in order is left alone in a record.
#[test]
fn a_record_is_taken_as_it_is() {
    let mut network = model();
    let acl = network.network_acls.ids().next().unwrap();
    let rules = &mut network.network_acls[acl].rules.ingress;
    let first = rules.first().unwrap().clone();
    rules.push(Rule { number: Some(50), ..first });
    survives(&network, "rules out of the order of their numbers");
    let id = network.interfaces.ids().next().unwrap();
    network.interfaces[id].security_groups.clear();
    network.not_examined = vec![LayerKind::SecurityGroup, LayerKind::NetworkAcl];
    survives(&network, "an interface that groups filter, though none are known");
}
