//! What an incomplete dump leaves open.

use canreach_model::{LayerKind, Polarity};

use super::*;

/// Every interface has groups, and every subnet an ACL: what no answer tells of them is open.
#[test]
fn without_answers_of_groups_and_acls_these_are_open() {
    let unseen = [LayerKind::HostFirewall, LayerKind::Listener];
    let Import { network, .. } = read(&base());
    assert_eq!(network.not_examined, unseen);

    let Import { network, .. } = read(&without("NetworkAcls"));
    assert_eq!(network.not_examined, unseen);
    let (_, subnet) = get!(network.subnets, "subnet-data");
    let acl = &network.network_acls[subnet.network_acl.unwrap()];
    assert_eq!(
        rules(&network, &acl.rules.egress),
        [
            "allow all any -> any if the network ACL of `subnet-data`, which no answer describes, allows egress"
        ]
    );
    let fact = &network.facts[acl.rules.egress[0].matches.unresolved.unwrap()];
    assert_eq!(
        fact.settled_by,
        "give the answer of `aws ec2 describe-network-acls` for `subnet-data`"
    );

    let Import { network, .. } = read(&without("SecurityGroups"));
    assert_eq!(network.not_examined, unseen);
    let (_, db) = get!(network.interfaces, "eni-db");
    assert!(db.filtered);
    let group = &network.security_groups[db.security_groups[0]];
    assert_eq!(
        rules(&network, &group.rules.ingress),
        ["allow all any -> any if `sg-db`, which no answer describes, allows ingress"]
    );
}

#[test]
fn a_group_that_no_answer_describes_may_allow_anything_or_nothing() {
    let mut dump = changed("SecurityGroups", "\"GroupId\": \"sg-db\"", "\"GroupId\": \"sg-else\"");
    dump.sort();
    let Import { network, .. } = read(&dump);
    let (_, db) = get!(network.interfaces, "eni-db");
    let group = &network.security_groups[db.security_groups[0]];
    assert_eq!(group.meta.id, "sg-db");
    assert_eq!(
        rules(&network, &group.rules.ingress),
        ["allow all any -> any if `sg-db`, which no answer describes, allows ingress"]
    );
    assert_eq!(
        rules(&network, &group.rules.egress),
        ["allow all any -> any if `sg-db`, which no answer describes, allows egress"]
    );
    let fact = &network.facts[group.rules.ingress[0].matches.unresolved.unwrap()];
    assert_eq!(fact.polarity, Polarity::Helps);
    assert_eq!(
        fact.settled_by,
        "give the answer of `aws ec2 describe-security-groups` for `sg-db`"
    );
}

#[test]
fn a_reference_that_does_not_resolve_is_a_fact() {
    let Import { network, .. } = read(&without("Entries"));
    let (_, db) = get!(network.security_groups, "sg-db");
    assert_eq!(
        rules(&network, &db.rules.ingress)[1],
        "allow udp [(53, 53)] any -> any if prefix list `pl-office` holds the packet's source"
    );
    let fact = &network.facts[db.rules.ingress[1].matches.unresolved.unwrap()];
    assert_eq!(
        fact.settled_by,
        "give the answer of `aws ec2 get-managed-prefix-list-entries` for `pl-office`, \
         with `\"PrefixListId\": \"pl-office\"` beside `Entries`"
    );
    let line = line_of("SecurityGroups", "dns from offices");
    assert_eq!(origin(&network, &fact.origin), format!("SecurityGroups.json:{line}"));
}

#[test]
fn entries_without_a_list_are_not_guessed_at() {
    let dump = changed("Entries", ",\n    \"PrefixListId\": \"pl-office\"", "");
    let import = read(&dump);
    assert!(facts(&import.network).contains(&"prefix list `pl-office` holds the packet's source"));
    assert!(
        unread(&import)
            .iter()
            .any(|line| line.starts_with("Entries.json:2 entries of a prefix list"))
    );
}

#[test]
fn a_main_table_that_no_answer_describes_has_sure_local_routes_and_is_open_otherwise() {
    let Import { network, .. } = read(&without("RouteTables"));
    let open = "if the main route table of `vpc-a`, which no answer describes, delivers the packet";
    assert_eq!(
        routes(&network, "vpc-a/main"),
        [
            "10.1.0.0/16 -> local".to_owned(),
            "2001:db8:1::/56 -> local".to_owned(),
            format!("0.0.0.0/0 -> {open}"),
            format!("::/0 -> {open}"),
        ]
    );
    let (_, subnet) = get!(network.subnets, "subnet-public");
    assert_eq!(network.route_tables[subnet.route_table].meta.id, "vpc-a/main");
}

#[test]
fn a_subnet_without_an_acl_in_the_answer_has_one_that_is_open() {
    let dump =
        changed("NetworkAcls", "\"SubnetId\": \"subnet-data\"", "\"SubnetId\": \"subnet-other\"");
    let Import { network, .. } = read(&dump);
    let (_, subnet) = get!(network.subnets, "subnet-data");
    let acl = &network.network_acls[subnet.network_acl.unwrap()];
    assert_eq!(
        rules(&network, &acl.rules.ingress),
        [
            "allow all any -> any if the network ACL of `subnet-data`, which no answer describes, allows ingress"
        ]
    );
}

#[test]
fn an_object_without_its_parent_takes_no_part_and_is_listed() {
    let dump = changed("Vpcs", "\"VpcId\": \"vpc-b\"", "\"VpcId\": \"vpc-c\"");
    let import = read(&dump);
    let network = &import.network;
    assert!(!ids!(network.subnets).contains(&"subnet-data"));
    assert!(!ids!(network.interfaces).contains(&"eni-db"));
    let listed = unread(&import);
    for what in [
        "subnet `subnet-data`, whose VPC `vpc-b` no answer describes: it and its interfaces take no part",
        "interface `eni-db`, whose subnet `subnet-data` is not known: it takes no part",
        "route table `rtb-main-b`, whose VPC `vpc-b` no answer describes: it takes no part",
        "peering `pcx-1`, of which `vpc-b` is not known: routes to it are unresolved facts",
    ] {
        assert!(listed.iter().any(|line| line.ends_with(what)), "{what}: {listed:#?}");
    }
}

#[test]
fn without_the_answer_about_interfaces_nobody_is_said_not_to_have_an_address() {
    let Import { network, .. } = read(&without("NetworkInterfaces"));
    assert_eq!(ids!(network.interfaces), ["eni-nat"]);
    let (_, vpc) = get!(network.vpcs, "vpc-a");
    let fact = &network.facts[vpc.unlisted.unwrap()];
    assert_eq!(
        fact.statement,
        "an interface of `vpc-a` that no answer describes has the address, takes the packet and answers it"
    );
    assert_eq!(
        fact.settled_by,
        "give the answer of `aws ec2 describe-network-interfaces` for the account and region of `vpc-a`"
    );
    let Import { network, .. } = read(&base());
    assert!(network.vpcs.iter().all(|(_, vpc)| vpc.unlisted.is_none()));
}

#[test]
fn interfaces_are_listed_for_one_account_and_region() {
    let listed = |path: &str| {
        let mut dump = without("NetworkInterfaces");
        let interfaces = base().into_iter().find(|(path, _)| path.ends_with("Interfaces.json"));
        dump.push((path.to_owned(), interfaces.unwrap().1));
        let Import { network, .. } = read(&dump);
        get!(network.vpcs, "vpc-a").1.unlisted.is_none()
    };
    assert!(listed("accounts/111122223333/eu-west-1/Interfaces.json"));
    assert!(listed("eu-west-1/Interfaces.json"));
    assert!(!listed("us-east-1/Interfaces.json"), "`vpc-a` is in another region");
    assert!(
        !listed("accounts/999999999999/eu-west-1/Interfaces.json"),
        "others see only their own"
    );
}

#[test]
fn a_page_of_interfaces_is_not_all_of_them() {
    let from = "{\n    \"NetworkInterfaces\"";
    let to = "{\n    \"NextToken\": \"abc\",\n    \"NetworkInterfaces\"";
    let Import { network, .. } = tried(&changed("NetworkInterfaces", from, to));
    assert!(get!(network.vpcs, "vpc-a").1.unlisted.is_some());
}

#[test]
fn a_page_of_an_answer_is_a_warning_and_an_assumption() {
    let dump =
        changed("Subnets", "{\n    \"Subnets\"", "{\n    \"NextToken\": \"abc\",\n    \"Subnets\"");
    let import = tried(&dump);
    let codes: Vec<_> = import.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["aws::paged"]);
    assert_eq!(
        assumptions(&import.network),
        ["the answer in `dump/Subnets.json` is one page of several; nothing on the others matters"]
    );
    assert_eq!(place(&import.network, import.network.assumptions[0].places[0]), "Subnets.json:2");
}

#[test]
fn empty_lists_are_read_and_not_listed() {
    let import = read(&base());
    assert!(import.report.read.iter().any(|(path, _)| path.ends_with("VpnConnections.json")));
    assert!(!unread(&import).iter().any(|line| line.contains("Vpn")));
}

#[test]
fn an_answer_of_another_kind_is_listed() {
    let mut dump = base();
    dump.push(("dump/Queues.json".into(), r#"{"QueueUrls": ["https://example.com/1"]}"#.into()));
    let import = read(&dump);
    let expected = "Queues.json:1 key `QueueUrls`: what it describes takes no part";
    assert!(unread(&import).contains(&expected.to_owned()), "{:?}", unread(&import));
}

#[test]
fn one_file_may_hold_several_answers() {
    let mut members = Vec::new();
    for (_, text) in base() {
        let inner = text.trim().trim_start_matches('{').trim_end_matches('}').trim().to_owned();
        members.push(inner);
    }
    let dump = vec![("all.json".to_owned(), format!("{{{}}}", members.join(",\n")))];
    let (apart, together) = (read(&base()).network, read(&dump).network);
    assert_eq!(ids!(apart.interfaces), ids!(together.interfaces));
    assert_eq!(apart.not_examined, together.not_examined);
    for table in ids!(apart.route_tables) {
        assert_eq!(routes(&apart, table), routes(&together, table));
    }
}

#[test]
fn a_model_beside_a_dump_does_not_make_up_for_answers_it_lacks() {
    let model = "canreach: 1\nprofile: generic\nsecurity_groups: { sg: {} }\n";
    let mut dump = without("SecurityGroups");
    dump.push((String::from("model.yaml"), String::from(model)));
    let Import { network, .. } = read(&dump);
    let (_, db) = get!(network.interfaces, "eni-db");
    let group = &network.security_groups[db.security_groups[0]];
    assert_eq!(
        rules(&network, &group.rules.ingress),
        ["allow all any -> any if `sg-db`, which no answer describes, allows ingress"]
    );
}
