//! What people read about all pairs.

use canreach_sets::FlowSet;
use canreach_snapshot::{
    Block, Class, ClassList, Fact, Flows, Header, Kind, Relation, Snapshot, diff, matrix as zones,
};

use super::{
    diff::{About, Evidence, RuleChange, RuleFate, Witness, document, text},
    matrix,
    summary::summary,
};

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

fn set(text: &str) -> FlowSet {
    text.parse().unwrap()
}

fn class(key: &str, members: impl IntoIterator<Item = String>) -> Class {
    Class::of_kinds(vec![Kind { key: key.into(), members: members.into_iter().collect() }])
}

/// Web servers, databases, and the Internet: who reaches whom.
fn estate(databases: &[&str]) -> Snapshot {
    let web = || class("subnet-web; sg-web", (0..40).map(|it| format!("i-web{it:02}")));
    let db = || class("subnet-db; sg-db", databases.iter().map(|it| (*it).to_owned()));
    let internet = class("the Internet", [String::from("internet@0.0.0.0/0")]);
    let block = |from: usize, to: usize, flows| Block {
        relation: Relation::Others,
        from: ClassList::from([from]),
        to: ClassList::from([to]),
        flows,
    };
    Snapshot {
        header: Header {
            semantics: 1,
            assumptions: vec!["instances answer from the address they were asked at".into()],
            not_examined: vec!["host firewalls".into()],
            ..Header::default()
        },
        facts: vec![Fact {
            id: "f1".into(),
            statement: "prefix list `pl-1` holds 10.0.9.0/24".into(),
            settled_by: "`aws ec2 get-managed-prefix-list-entries`".into(),
        }],
        sources: vec![web(), db(), internet],
        destinations: vec![web(), db()],
        blocks: vec![block(0, 1, 0), block(2, 0, 1), block(0, 0, 1)],
        flows: vec![Flows::answered(set("tcp 5432")), Flows::answered(set("tcp 80,443"))],
    }
}

/// The same after a rule that lets one prefix of the Internet in by SSH, another that is gone, and a
/// database that was replaced.
fn changed() -> Snapshot {
    let mut it = estate(&["i-db1", "i-db9"]);
    it.sources.push(class("the Internet", [String::from("internet@198.51.100.0/24")]));
    it.flows.push(Flows::answered(set("tcp 22,80,443")));
    let web_unknown = Flows {
        maybe_answered: set("udp 53"),
        maybe_delivered: set("udp 53"),
        because: vec![0],
        ..Flows::answered(set("tcp 80"))
    };
    it.flows.push(web_unknown);
    it.blocks.push(Block { from: ClassList::from([3]), flows: 2, ..it.blocks[1].clone() });
    it.blocks[2].flows = 3;
    it
}

/// What shows the first change between these.
fn evidence() -> Evidence {
    Evidence {
        witness: Some(Witness {
            is_new: true,
            flow: "198.51.100.7:40000 -> 203.0.113.10:22 tcp".into(),
            steps: vec!["Internet gateway `igw-1`".into(), "subnet `subnet-web`".into()],
        }),
        rules: vec![RuleChange {
            what: RuleFate::Added,
            rule: "security group `sg-web`, ingress: allow tcp 22 from 198.51.100.0/24".into(),
            old: None,
            new: Some("prod/groups.json:41".into()),
        }],
    }
}

#[test]
fn a_difference_as_people_read_it() {
    let diff = diff::diff(&estate(&["i-db1", "i-db2"]), &changed());
    let evidence = [evidence()];
    let about = About { old: "monday.reach", new: "prod.reach", evidence: &evidence };
    insta::assert_snapshot!(plain(&text(&diff, about)), @r"
    DIFFERENT  2 changes: 1 opened, 1 closed

      opened       internet@198.51.100.0/24 -> i-web00, i-web01 … and 38 more                   40 pairs
                     tcp 22
      witness      198.51.100.7:40000 -> 203.0.113.10:22 tcp                                 new network
                     Internet gateway `igw-1`
                     subnet `subnet-web`
      rule         added: security group `sg-web`, ingress: allow tcp 22 from 198.51.100.0/24
                                                                                     prod/groups.json:41

      closed       i-web00, i-web01 … and 38 more -> i-web00, i-web01 … and 38 more          1,560 pairs
                     tcp 443
                     was closed, now unknown: udp 53
                     it depends on whether prefix list `pl-1` holds 10.0.9.0/24

      compared     44 sources with 42 destinations, exactly, on every protocol and port
                                                                              monday.reach -> prod.reach
      assumes      i-db9 is what i-db2 was: both are `subnet-db; sg-db`
    ");
}

/// An estate in which five clients reach the web servers, each on a port of its own more if a rule is
/// there.
fn five_clients(with_rule: bool) -> Snapshot {
    let mut it = estate(&["i-db1", "i-db2"]);
    for client in 0..5 {
        let known = it.sources.len();
        it.sources.push(class(&format!("client {client}"), [format!("i-client{client}")]));
        let port = 8000 + client;
        let more =
            if with_rule { format!("tcp {port},{}", port + 1000) } else { format!("tcp {port}") };
        let flows = it.flows.len();
        it.flows.push(Flows::answered(set(&more)));
        it.blocks.push(Block { from: ClassList::from([known]), flows, ..it.blocks[1].clone() });
    }
    it
}

#[test]
fn changes_by_one_rule_are_told_together() {
    let diff = diff::diff(&five_clients(false), &five_clients(true));
    let told = vec![evidence(); diff.changes.len()];
    let about = About { evidence: &told, ..About::default() };
    let together = plain(&text(&diff, about));
    insta::assert_snapshot!(together, @r"
    DIFFERENT  5 changes: 5 opened

      opened       i-client0 -> i-web00, i-web01 … and 38 more                                  40 pairs
                     tcp 9000
      opened       i-client1 -> i-web00, i-web01 … and 38 more                                  40 pairs
                     tcp 9001
      opened       i-client2 -> i-web00, i-web01 … and 38 more                                  40 pairs
                     tcp 9002
                   … and 2 more changes by the same rule, of 80 pairs; `--format json` has all
      witness      198.51.100.7:40000 -> 203.0.113.10:22 tcp                                 new network
                     Internet gateway `igw-1`
                     subnet `subnet-web`
      rule         added: security group `sg-web`, ingress: allow tcp 22 from 198.51.100.0/24
                                                                                     prod/groups.json:41

      compared     48 sources with 42 destinations, exactly, on every protocol and port
      assumes      nothing
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the document is long")]
fn a_difference_as_programs_read_it() {
    let diff = diff::diff(&estate(&["i-db1", "i-db2"]), &changed());
    let evidence = [evidence()];
    let about = About { old: "monday.reach", new: "prod.reach", evidence: &evidence };
    let json = serde_json::to_string_pretty(&document(&diff, about)).unwrap();
    // The lists of members are long.
    let short: Vec<&str> = json.lines().filter(|line| !line.contains("\"i-web")).collect();
    insta::assert_snapshot!(short.join("\n"), @r#"
    {
      "schema": "canreach.diff/1",
      "verdict": "different",
      "old": "monday.reach",
      "new": "prod.reach",
      "changes": [
        {
          "relation": "others",
          "from": [
            {
              "key": "the Internet",
              "members": [
                "internet@198.51.100.0/24"
              ]
            }
          ],
          "to": [
            {
              "key": "subnet-web; sg-web",
              "members": [
              ]
            }
          ],
          "pairs": 40,
          "opened": "tcp 22",
          "opened_one_way": null,
          "closed": null,
          "closed_one_way": null,
          "doubtful": [],
          "because": [],
          "witness": {
            "is_new": true,
            "flow": "198.51.100.7:40000 -> 203.0.113.10:22 tcp",
            "steps": [
              "Internet gateway `igw-1`",
              "subnet `subnet-web`"
            ]
          },
          "rules": [
            {
              "what": "added",
              "rule": "security group `sg-web`, ingress: allow tcp 22 from 198.51.100.0/24",
              "new": "prod/groups.json:41"
            }
          ]
        },
        {
          "relation": "others",
          "from": [
            {
              "key": "subnet-web; sg-web",
              "members": [
              ]
            }
          ],
          "to": [
            {
              "key": "subnet-web; sg-web",
              "members": [
              ]
            }
          ],
          "pairs": 1560,
          "opened": null,
          "opened_one_way": null,
          "closed": "tcp 443",
          "closed_one_way": null,
          "doubtful": [
            {
              "was": "closed",
              "now": "unknown",
              "flows": "udp 53"
            }
          ],
          "because": [
            {
              "fact": "prefix list `pl-1` holds 10.0.9.0/24"
            }
          ]
        }
      ],
      "appeared": [],
      "vanished": [],
      "compared": {
        "sources": 44,
        "destinations": 42
      },
      "paired": [
        {
          "old": "i-db2",
          "new": "i-db9",
          "key": "subnet-db; sg-db",
          "others_would_fit": false
        }
      ],
      "unknown_in_both": [],
      "left_open": [],
      "notes": []
    }
    "#);
}

#[test]
fn no_difference_as_people_read_it() {
    let it = estate(&["i-db1"]);
    insta::assert_snapshot!(plain(&text(&diff::diff(&it, &it), About::default())), @r"
    SAME  no flow differs

      compared     42 sources with 41 destinations, exactly, on every protocol and port
      assumes      nothing
    ");
}

#[test]
fn ends_that_came_and_went() {
    let old = estate(&["i-db1", "i-db2", "i-db3"]);
    let mut new = estate(&["i-db1"]);
    new.sources.push(class("subnet-new; sg-web", [String::from("i-new")]));
    insta::assert_snapshot!(plain(&text(&diff::diff(&old, &new), About::default())), @r"
    DIFFERENT  1 end appeared; 2 ends vanished

      appeared     i-new (subnet-new; sg-web): reaches 0 ends, is reached by 0 ends
      vanished     i-db2, i-db3 (subnet-db; sg-db): each reaches 0 ends, is reached by 40 ends

      compared     42 sources with 41 destinations, exactly, on every protocol and port
      assumes      nothing
    ");
}

#[test]
fn a_change_of_one_rule_fits_on_a_screen_however_many_it_concerns() {
    let many = |flows: &str| {
        let classes =
            || (0..500).map(|it| class(&format!("sg-{it}"), [format!("i-{it}")])).collect();
        let all = || (0..500).collect::<Vec<usize>>().into();
        let block = Block { relation: Relation::Others, from: all(), to: all(), flows: 0 };
        Snapshot {
            sources: classes(),
            destinations: classes(),
            blocks: vec![block],
            flows: vec![Flows::answered(set(flows))],
            ..Snapshot::default()
        }
    };
    let diff = diff::diff(&many("tcp 22"), &many("tcp 22,443"));
    let text = plain(&text(&diff, About::default()));
    assert!(text.lines().count() < 12, "{text}");
    assert!(text.contains("249,500 pairs"), "{text}");
}

#[test]
fn a_snapshot_in_numbers() {
    let it = changed();
    insta::assert_snapshot!(plain(&summary(&it).text(Some("prod.reach"))), @r"
    SNAPSHOT  44 sources, 42 destinations, every flow

      classes      4 and 2 classes of ends that behave alike, in 4 blocks
      pairs        1,806 pairs: 1,720 answered, 1,560 with something unknown, 86 proved closed
      left open    whether prefix list `pl-1` holds 10.0.9.0/24; to settle it: `aws ec2
                   get-managed-prefix-list-entries`
      scope        not examined, for want of data: host firewalls
      assumes      instances answer from the address they were asked at

      written      prod.reach
    ");
    insta::assert_snapshot!(serde_json::to_string_pretty(&summary(&it)).unwrap(), @r#"
    {
      "schema": "canreach.snapshot.summary/1",
      "semantics": 1,
      "sources": 44,
      "source_classes": 4,
      "destinations": 42,
      "destination_classes": 2,
      "blocks": 4,
      "pairs": {
        "all": 1806,
        "answered": 1720,
        "delivered_only": 0,
        "unknown": 1560,
        "closed": 86
      },
      "left_open": [
        {
          "statement": "prefix list `pl-1` holds 10.0.9.0/24",
          "settled_by": "`aws ec2 get-managed-prefix-list-entries`"
        }
      ],
      "not_examined": [
        "host firewalls"
      ],
      "assumptions": [
        "instances answer from the address they were asked at"
      ]
    }
    "#);
}

fn zone(member: &str) -> [String; 1] {
    [member.trim_start_matches("i-").chars().take_while(|c| c.is_alphabetic()).collect()]
}

#[test]
fn zones_by_zones_as_people_read_them() {
    let it = changed();
    let zones = zones(&it, zone);
    insta::assert_snapshot!(plain(&matrix::text(&it, &zones, "group")), @r"
    MATRIX  3 zones by group; rows are sources, columns destinations

      ┌──────────┬────────┬──────────┬─────────┐
      │          ┆ db     ┆ internet ┆ web     │
      ╞══════════╪════════╪══════════╪═════════╡
      │ db       ┆ closed ┆ -        ┆ closed  │
      │ internet ┆ closed ┆ -        ┆ partly  │
      │ web      ┆ open   ┆ -        ┆ unknown │
      └──────────┴────────┴──────────┴─────────┘

      partly       internet -> web                                                              80 pairs
                     40 of 80 pairs: tcp 80,443
                     40 of 80 pairs: tcp 22,80,443
      open         web -> db                                                                    80 pairs
                     tcp 5432
      unknown      web -> web                                                                1,560 pairs
                     1,560 of 1,560 pairs: tcp 80 | unknown: udp 53

      meaning      open: the same flows, at least one, are answered between every pair of ends; closed:
                   nothing is delivered between any; partly: anything else; unknown: something depends
                   on what the input leaves open; a dash: there is no pair
    ");
    insta::assert_snapshot!(matrix::markdown(&it, &zones, "group"), @r"
    # Zones by group

    | from \ to | db | internet | web |
    |---|---|---|---|
    | **db** | closed | - | closed |
    | **internet** | closed | - | partly |
    | **web** | open | - | unknown |

    open: the same flows, at least one, are answered between every pair of ends; closed: nothing is delivered between any; partly: anything else; unknown: something depends on what the input leaves open; a dash: there is no pair.

    - **internet** to **web**: partly
      - 40 of 80 pairs: tcp 80,443
      - 40 of 80 pairs: tcp 22,80,443
    - **web** to **db**: open
      - tcp 5432
    - **web** to **web**: unknown
      - 1,560 of 1,560 pairs: tcp 80 \| unknown: udp 53
    ");
    let json = serde_json::to_string(&matrix::document(&it, &zones, "group")).unwrap();
    assert!(
        json.contains(r#"{"from":"db","to":"web","state":"closed","pairs":80,"flows":[]}"#),
        "{json}"
    );
}

#[test]
fn many_zones_are_told_by_letters() {
    let it = changed();
    let zones = zones(&it, |member| Some(member.chars().rev().take(1).collect()));
    let text = plain(&matrix::text(&it, &zones, "last digit"));
    let table: Vec<&str> = text.lines().take(8).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    MATRIX  10 zones by last digit; rows are sources, columns destinations

      ┌───────┬───┬───┬───┬───┬───┬───┬───┬───┬───┬────┐
      │       ┆ 1 ┆ 2 ┆ 3 ┆ 4 ┆ 5 ┆ 6 ┆ 7 ┆ 8 ┆ 9 ┆ 10 │
      ╞═══════╪═══╪═══╪═══╪═══╪═══╪═══╪═══╪═══╪═══╪════╡
      │ 1: 0  ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ?  │
      │ 2: 1  ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ?  │
      │ 3: 2  ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ? ┆ ?  │
    ");
}
