//! Security groups, network ACLs and prefix lists.

use super::*;

#[test]
fn every_pair_of_a_permission_is_a_rule() {
    let Import { network, .. } = read(&base());
    let (_, web) = get!(network.security_groups, "sg-web");
    assert_eq!(
        rules(&network, &web.rules.ingress),
        [
            "allow tcp [(443, 443)] 0.0.0.0/0 -> any IPv4",
            "allow tcp [(443, 443)] 198.51.100.0/24 -> any IPv4",
            "allow tcp [(443, 443)] ::/0 -> any IPv6",
            "allow icmp type Some(8) code Some(0) 10.0.0.0/8 -> any IPv4",
            "allow icmp 10.1.0.0/16 -> any IPv4",
            "allow esp 10.3.0.0/16 -> any IPv4",
            "allow all sg-web -> any",
        ]
    );
    assert_eq!(rules(&network, &web.rules.egress), ["allow all any -> 0.0.0.0/0 IPv4"]);
    assert_eq!(web.meta.label(), "web");
    assert_eq!(network.vpcs[web.vpc.unwrap()].meta.id, "vpc-a");
    assert_eq!(home(&web.meta), ("111122223333", "eu-west-1"));

    let (_, db) = get!(network.security_groups, "sg-db");
    assert_eq!(
        rules(&network, &db.rules.ingress),
        ["allow tcp [(5432, 5440)] sg-web -> any", "allow udp [(53, 53)] pl-office -> any"]
    );
    assert_eq!(db.rules.egress, []);
    assert_eq!(db.meta.label(), "databases", "the tag `Name` before the group's name");
}

#[test]
fn a_rule_stands_where_its_own_entry_begins() {
    let Import { network, .. } = read(&base());
    let (_, web) = get!(network.security_groups, "sg-web");
    let (_, db) = get!(network.security_groups, "sg-db");
    let written = web.rules.ingress.iter().chain(&web.rules.egress).chain(&db.rules.ingress);
    let places: Vec<_> = written.map(|rule| origin(&network, &rule.origin)).collect();
    let markers = [
        "https from everywhere",
        "https from office",
        "https over six",
        "\"ping\"",
        "any icmp",
        "\"esp\"",
        "\"itself\"",
    ];
    let expected =
        markers.map(|marker| format!("SecurityGroups.json:{}", line_of("SecurityGroups", marker)));
    assert_eq!(places[..7], expected);
    let postgres = line_of("SecurityGroups", "postgres from web");
    assert_eq!(places[8], format!("SecurityGroups.json:{postgres}"));
    let column = network.sources.location(web.rules.ingress[0].origin.span().unwrap()).column;
    assert_eq!(column, 25, "the brace itself");
}

#[test]
fn a_reference_across_a_peering_that_is_not_active_is_listed_and_matches_nothing() {
    let import = read(&base());
    let line = line_of("SecurityGroups", "\"stale\"");
    let expected = format!(
        "SecurityGroups.json:{line} stale reference to security group `sg-gone`: \
         no peering that is active leads there, so that nothing matches"
    );
    assert!(left_out(&import).contains(&expected));
    assert!(!facts(&import.network).iter().any(|fact| fact.contains("sg-gone")));
}

#[test]
fn rules_listed_apart_give_the_ids() {
    let mut dump = base();
    let apart = r#"{"SecurityGroupRules": [
        {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-web", "IsEgress": false, "IpProtocol": "tcp",
         "FromPort": 443, "ToPort": 443, "CidrIpv4": "198.51.100.0/24"},
        {"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-web", "IsEgress": false, "IpProtocol": "-1",
         "FromPort": -1, "ToPort": -1, "ReferencedGroupInfo": {"GroupId": "sg-web"}},
        {"SecurityGroupRuleId": "sgr-3", "GroupId": "sg-web", "IsEgress": true, "IpProtocol": "-1",
         "FromPort": -1, "ToPort": -1, "CidrIpv4": "0.0.0.0/0"},
        {"SecurityGroupRuleId": "sgr-4", "GroupId": "sg-db", "IsEgress": false, "IpProtocol": "udp",
         "FromPort": 53, "ToPort": 53, "PrefixListId": "pl-office"}
    ]}"#;
    dump.push(("dump/SecurityGroupRules.json".into(), apart.into()));
    let Import { network, .. } = read(&dump);
    let ids = |group: &str| {
        let rules = &get!(network.security_groups, group).1.rules;
        let every = rules.ingress.iter().chain(&rules.egress);
        every.map(|rule| rule.id.as_deref().unwrap_or("-")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids("sg-web"), "- sgr-1 - - - - sgr-2 sgr-3");
    assert_eq!(ids("sg-db"), "- sgr-4");
}

#[test]
fn rules_listed_apart_make_groups_where_none_are_described() {
    let mut dump = without("SecurityGroups");
    let apart = r#"{"SecurityGroupRules": [
        {"SecurityGroupRuleId": "sgr-1", "GroupId": "sg-web", "IsEgress": false, "IpProtocol": "tcp",
         "FromPort": 22, "ToPort": 22, "CidrIpv6": "2001:db8::/32"},
        {"SecurityGroupRuleId": "sgr-2", "GroupId": "sg-web", "IsEgress": true, "IpProtocol": "-1",
         "FromPort": -1, "ToPort": -1, "ReferencedGroupInfo": {"GroupId": "sg-db", "PeeringStatus": "active"}}
    ]}"#;
    dump.push(("dump/SecurityGroupRules.json".into(), apart.into()));
    let Import { network, .. } = read(&dump);
    let (_, web) = get!(network.security_groups, "sg-web");
    assert_eq!(
        rules(&network, &web.rules.ingress),
        ["allow sgr-1 tcp [(22, 22)] 2001:db8::/32 -> any IPv6"]
    );
    assert_eq!(
        rules(&network, &web.rules.egress),
        [
            "allow sgr-2 all any -> any if security group `sg-db`, which no answer describes, holds the packet's destination"
        ],
        "a group without rules is not in such an answer, so sg-db is not known"
    );
    assert_eq!(origin(&network, &web.rules.ingress[0].origin), "SecurityGroupRules.json:2");
}

#[test]
fn entries_of_a_network_acl_are_tried_by_number() {
    let Import { network, .. } = read(&base());
    let (_, acl) = get!(network.network_acls, "acl-data");
    assert_eq!(
        rules(&network, &acl.rules.ingress),
        [
            "deny #90 tcp [(23, 23)] 10.1.2.0/24 -> any IPv4",
            "allow #110 tcp [(1024, 65535)] 10.1.0.0/16 -> any IPv4",
            "allow #120 icmp type Some(8) code None 10.1.0.0/16 -> any IPv4",
            "allow #130 gre 10.1.0.0/16 -> any IPv4",
            "deny #32767 all 0.0.0.0/0 -> any IPv4",
            "deny #32768 all ::/0 -> any IPv6",
        ]
    );
    assert_eq!(
        rules(&network, &acl.rules.egress),
        ["allow #100 udp any -> 2001:db8:1::/56 IPv6", "deny #32767 all any -> 0.0.0.0/0 IPv4"]
    );
    let line = line_of("NetworkAcls", "\"RuleNumber\": 90");
    // The innermost brace before the number is that of `PortRange`; the entry begins before it.
    let place = origin(&network, &acl.rules.ingress[0].origin);
    assert_eq!(place, format!("NetworkAcls.json:{}", line - 2));
}

#[test]
fn a_prefix_list_is_an_address_group() {
    let Import { network, .. } = read(&base());
    let entries = |id: &str| {
        let (_, group) = get!(network.address_groups, id);
        group.entries.iter().map(|entry| entry.range.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(entries("pl-store"), ["198.51.100.128/25", "203.0.113.192/26"]);
    assert_eq!(entries("pl-office"), ["192.0.2.0/28"]);
    let (_, office) = get!(network.address_groups, "pl-office");
    let line = line_of("Entries", "first office");
    assert_eq!(origin(&network, &office.entries[0].origin), format!("Entries.json:{line}"));
    assert_eq!(office.meta.label(), "offices");
}

#[test]
fn entries_inside_their_list_count_too() {
    let mut dump = without("Entries");
    let list = r#"{"PrefixLists": [{"PrefixListId": "pl-office", "Entries": [{"Cidr": "192.0.2.16/28"}]}]}"#;
    dump.push(("dump/Managed.json".into(), list.into()));
    let Import { network, .. } = read(&dump);
    let (_, office) = get!(network.address_groups, "pl-office");
    assert_eq!(office.entries[0].range.to_string(), "192.0.2.16/28");
    assert_eq!(office.meta.label(), "offices", "the other answer names it");
}
