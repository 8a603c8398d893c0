//! What is written is read as it was; what is not whole is never read.

use proptest::prelude::*;

use crate::{
    Block, Class, ClassList, Fact, Flows, Header, Input, Kind, ReadError, Relation, Snapshot,
    json_lines, read,
    testing::{ENDS, between, set, snapshots},
    text,
};

/// Returns the flows of each pair of members, with the statements of the facts they depend on.
fn meaning(snapshot: &Snapshot) -> Vec<(Flows, Vec<String>)> {
    let mut pairs = Vec::new();
    for source in ENDS {
        for destination in ENDS {
            let Some(mut flows) = between(snapshot, source, destination) else { continue };
            if flows.is_closed() {
                flows = Flows::none();
            }
            let statement = |place: &usize| snapshot.facts[*place].statement.clone();
            let mut facts: Vec<String> = flows.because.drain(..).map(|it| statement(&it)).collect();
            facts.sort();
            facts.dedup();
            pairs.push((flows, facts));
        }
    }
    pairs
}

/// Returns the same snapshot in another order: classes, kinds, members, blocks and flows.
fn shuffled(snapshot: &Snapshot, turn: usize) -> Snapshot {
    let mut it = snapshot.clone();
    let (sources, destinations, flows) = (it.sources.len(), it.destinations.len(), it.flows.len());
    it.sources.reverse();
    it.destinations.reverse();
    it.flows.reverse();
    it.facts.reverse();
    for class in it.sources.iter_mut().chain(&mut it.destinations) {
        class.kinds.reverse();
        for kind in &mut class.kinds {
            kind.members.reverse();
        }
    }
    for flows in &mut it.flows {
        for place in &mut flows.because {
            *place = snapshot.facts.len() - 1 - *place;
        }
    }
    for block in &mut it.blocks {
        block.from = block.from.iter().map(|place| sources - 1 - place).collect();
        block.to = block.to.iter().map(|place| destinations - 1 - place).collect();
        block.flows = flows - 1 - block.flows;
    }
    let turn = turn % it.blocks.len().max(1);
    it.blocks.rotate_left(turn);
    it
}

proptest! {
    #[test]
    fn text_that_is_written_is_read_as_it_was(snapshot in snapshots()) {
        let snapshot = snapshot.canonical();
        let text = text::print(&snapshot);
        prop_assert_eq!(read(text.as_bytes()), Ok(snapshot));
    }

    #[test]
    fn json_lines_that_are_written_are_read_as_they_were(snapshot in snapshots()) {
        let snapshot = snapshot.canonical();
        let text = json_lines::print(&snapshot).unwrap();
        prop_assert_eq!(read(text.as_bytes()), Ok(snapshot));
    }

    #[test]
    fn the_canonical_form_says_the_same(snapshot in snapshots()) {
        let canonical = snapshot.clone().canonical();
        prop_assert_eq!(meaning(&snapshot), meaning(&canonical));
        prop_assert_eq!(canonical.clone().canonical(), canonical);
    }

    #[test]
    fn the_same_answers_are_the_same_bytes_in_whatever_order(
        snapshot in snapshots(),
        turn in 0..9_usize,
    ) {
        let other = shuffled(&snapshot, turn);
        prop_assert_eq!(text::print(&snapshot.canonical()), text::print(&other.canonical()));
    }

    #[test]
    fn a_part_of_a_file_is_no_snapshot(
        snapshot in snapshots(),
        keep in any::<prop::sample::Index>(),
    ) {
        let snapshot = snapshot.canonical();
        for text in [text::print(&snapshot), json_lines::print(&snapshot).unwrap()] {
            // Without its last line break it is still whole.
            let keep = keep.index(text.len() - 1);
            prop_assert!(read(&text.as_bytes()[..keep]).is_err());
        }
    }

    #[test]
    fn a_file_in_which_a_byte_was_changed_is_no_snapshot(
        snapshot in snapshots(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let snapshot = snapshot.canonical();
        for text in [text::print(&snapshot), json_lines::print(&snapshot).unwrap()] {
            let mut bytes = text.clone().into_bytes();
            // The last line break is not part of what is said.
            let place = place.index(bytes.len() - 1);
            bytes[place] = byte;
            prop_assert!(bytes == text.as_bytes() || read(&bytes).is_err());
        }
    }

    #[test]
    fn no_lines_make_it_panic(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "semantics: 1", "semantics: x", "tool: ", "input a: b", "fact f1: x", "  settled by: y",
                "source a", "source b:", "  kind k", "      a b", "      a:", "destination c", "from a",
                "from ", "  to c: tcp 22", "  to c", "      c: tcp 1", "  itself c: tcp x", "    unknown: udp",
                "    because f1", "    because f9", "    limit: \\", "", " ", "x", "\\q", "  to c: ",
            ]),
            0..12,
        ),
    ) {
        let mut text = String::from("canreach snapshot 1\n");
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        let digest = crate::digest::sha256(text.as_bytes());
        let last = format!("end: 1 sources, 1 destinations, 1 blocks, sha256 {digest}\n");
        let _ = read((text + &last).as_bytes());
    }
}

fn classes(keys: [&str; 2], lists: [&[&str]; 2]) -> Vec<Class> {
    let class = |(key, members): (&str, &[&str])| {
        Class::new(key, members.iter().map(|it| (*it).to_owned()).collect())
    };
    keys.into_iter().zip(lists).map(class).collect()
}

fn sample() -> Snapshot {
    let ssh_unknown = Flows {
        delivered: set("tcp 443; udp 53"),
        maybe_delivered: set("tcp 22"),
        maybe_answered: set("tcp 22"),
        because: vec![0],
        ..Flows::answered(set("tcp 443"))
    };
    let block = |relation, from: &[usize], to: &[usize], flows| Block {
        relation,
        from: ClassList::from(from),
        to: ClassList::from(to),
        flows,
    };
    let mut sources = classes(
        ["subnet-a; sg-web", "the Internet"],
        [&["i-0a", "i-0b", "i-0c"], &["internet@0.0.0.0/0"]],
    );
    sources[0].kinds.push(Kind { key: "subnet-b; sg-web".into(), members: vec!["i-1a".into()] });
    Snapshot {
        header: Header {
            semantics: 1,
            tool: "canreach 0.1.0".into(),
            inputs: vec![Input { name: "prod/acl.json".into(), digest: "9f2c".repeat(16) }],
            assumptions: vec!["instances answer from the address they were asked at".into()],
            not_examined: vec!["host firewalls".into()],
        },
        facts: vec![Fact {
            id: "f1".into(),
            statement: "prefix list `pl-1` holds 10.0.9.0/24".into(),
            settled_by: "the output of `aws ec2 get-managed-prefix-list-entries`".into(),
        }],
        sources,
        destinations: classes(
            ["subnet-a; sg-web", "subnet-d; sg-db"],
            [&["i-0a", "i-0b", "i-0c", "i-1a"], &["i-db1", "i-db2"]],
        ),
        blocks: vec![
            block(Relation::Others, &[0], &[0], 0),
            block(Relation::Itself, &[0], &[0], 1),
            block(Relation::Others, &[0], &[1], 2),
            block(Relation::Others, &[1], &[0], 0),
        ],
        flows: vec![
            Flows::answered(set("tcp 80,443")),
            Flows::answered(set("all ipv4")),
            ssh_unknown,
        ],
    }
    .canonical()
}

#[test]
fn a_snapshot_as_people_read_it() {
    insta::assert_snapshot!(text::print(&sample()), @r"
    canreach snapshot 1
    semantics: 1
    tool: canreach 0.1.0
    input 9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c: prod/acl.json
    assumes: instances answer from the address they were asked at
    not examined: host firewalls
    fact f1: prefix list `pl-1` holds 10.0.9.0/24
      settled by: the output of `aws ec2 get-managed-prefix-list-entries`
    source i-0a
      kind subnet-a; sg-web
          i-0a i-0b
          i-0c
      kind subnet-b; sg-web
          i-1a
    source internet@0.0.0.0/0
      kind the Internet
          internet@0.0.0.0/0
    destination i-0a
      kind subnet-a; sg-web
          i-0a i-0b
          i-0c i-1a
    destination i-db1
      kind subnet-d; sg-db
          i-db1 i-db2
    from i-0a
      to i-db1: tcp 443
        delivered only: udp 53
        unknown: tcp 22
        because f1
      itself i-0a: all ipv4
    from i-0a internet@0.0.0.0/0
      to i-0a: tcp 80,443
    end: 2 sources, 2 destinations, 3 blocks, sha256 f22a60e54533b929b39a74ad7e11cd3d88c778b36f47ec86e12ca5fa2011eb4f
    ");
}

#[test]
fn a_snapshot_as_programs_read_it() {
    insta::assert_snapshot!(json_lines::print(&sample()).unwrap(), @r#"
    {"schema":"canreach.snapshot/1","semantics":1,"tool":"canreach 0.1.0","inputs":[{"name":"prod/acl.json","sha256":"9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c"}],"assumptions":["instances answer from the address they were asked at"],"not_examined":["host firewalls"]}
    {"fact":"f1","statement":"prefix list `pl-1` holds 10.0.9.0/24","settled_by":"the output of `aws ec2 get-managed-prefix-list-entries`"}
    {"source":"i-0a","kinds":[{"key":"subnet-a; sg-web","members":["i-0a","i-0b","i-0c"]},{"key":"subnet-b; sg-web","members":["i-1a"]}]}
    {"source":"internet@0.0.0.0/0","kinds":[{"key":"the Internet","members":["internet@0.0.0.0/0"]}]}
    {"destination":"i-0a","kinds":[{"key":"subnet-a; sg-web","members":["i-0a","i-0b","i-0c","i-1a"]}]}
    {"destination":"i-db1","kinds":[{"key":"subnet-d; sg-db","members":["i-db1","i-db2"]}]}
    {"from":["i-0a"],"blocks":[{"to":["i-db1"],"flows":{"answered":"tcp 443","delivered_only":"udp 53","maybe_answered":"tcp 22","maybe_delivered":"tcp 22","because":["f1"]}},{"itself":["i-0a"],"flows":{"answered":"all ipv4"}}]}
    {"from":["i-0a","internet@0.0.0.0/0"],"blocks":[{"to":["i-0a"],"flows":{"answered":"tcp 80,443"}}]}
    {"end":{"sources":2,"destinations":2,"blocks":3,"sha256":"47b4bb13594a9665cb454cbdc2fbe23db4da3b4733fa1c095b8d96a148541685"}}
    "#);
}

#[test]
fn one_member_more_changes_one_line_of_a_list() {
    let of = |members: std::ops::Range<usize>, without: usize| {
        let members = members.filter(|it| *it != without).map(|it| format!("i-{it:04}"));
        let snapshot =
            Snapshot { sources: vec![Class::new("k", members.collect())], ..Snapshot::default() };
        text::print(&snapshot.canonical()).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let (all, fewer) = (of(0..200, 1000), of(0..200, 77));
    let gone = all.iter().filter(|line| !fewer.contains(*line)).count();
    // The line of the list, or two where the member ended one, and the last line.
    assert!(gone <= 3, "{gone}");
}

/// Returns the message and what to do about it.
fn told(bytes: &[u8]) -> String {
    let error = read(bytes).unwrap_err();
    format!("{error}\n  {}", error.help())
}

#[test]
fn errors_say_what_was_found_and_what_to_do() {
    let text = text::print(&sample());
    let replaced = |from: &str, to: &str| text.replace(from, to).into_bytes();
    // A file whose digest is right, but that names what is not there.
    let sealed = |body: &str| {
        let digest = crate::digest::sha256(body.as_bytes());
        format!("{body}end: 0 sources, 0 destinations, 0 blocks, sha256 {digest}\n").into_bytes()
    };
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: Vec<Vec<u8>> = vec![
        Vec::new(),
        utf16,
        b"hello\n".to_vec(),
        replaced("snapshot 1", "snapshot 2"),
        text.as_bytes()[..text.len() / 2].to_vec(),
        replaced("\n", "\r\n"),
        replaced("tcp 80,443", "tcp 80"),
        replaced("3 blocks", "4 blocks"),
        replaced("  to i-db1", "<<<<<<< HEAD\n  to i-db1"),
        sealed("canreach snapshot 1\nsource a\ndestination b\nfrom a\n  to c: tcp 22\n"),
        sealed("canreach snapshot 1\nsource a\nsource a\n"),
        sealed("canreach snapshot 1\nsource a\ndestination b\nfrom a\n  to b: tcp x\n"),
        sealed(
            "canreach snapshot 1\nsource a\ndestination b\nfrom a\n  to b: tcp 1\n    because f7\n",
        ),
        sealed("canreach snapshot 1\nhello: world\n"),
        br#"{"schema":"canreach.snapshot/9"}"#.to_vec(),
        json_lines::print(&sample()).unwrap().replace("tcp 80,443", "tcp 80").into_bytes(),
    ];
    let told: Vec<String> = cases.iter().map(|case| told(case)).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the file is empty
      write it again with `canreach snapshot`; an unfinished file proves nothing
    the text is UTF-16, not plain UTF-8
      write it with `canreach snapshot -o FILE` instead of `>`: some shells change the encoding
    line 1: found `hello`, expected `canreach snapshot 1`, or a line of JSON
      give a file that `canreach snapshot` wrote
    line 1: the format is of version `2`, this program reads version 1
      write it again with this version of canreach, or read it with the version that wrote it
    line 15: the file ends before its last line, `end: …`: it was cut short
      write it again with `canreach snapshot`; an unfinished file proves nothing
    the lines end in CR LF, so the text is not what was written
      keep git from changing it: put `*.reach -text` into .gitattributes and check it out again
    the text was changed after it was written: its SHA-256 is `f399f04f8cd6afbc8ad19cb4ed61856c73b3ac22149651d10af20d16ff7bff6f`, the last line says `f22a60e54533b929b39a74ad7e11cd3d88c778b36f47ec86e12ca5fa2011eb4f`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    the text was changed after it was written: it holds `2 sources, 2 destinations, 3 blocks`, the last line says `2 sources, 2 destinations, 4 blocks`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 26: the file holds a merge conflict
      a merged file proves nothing: write it again with `canreach snapshot`
    line 5: there is no class `c` among the destinations
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 3: `a` is there twice among the sources
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 5: found `tcp x`, expected flows such as `tcp 22,443; udp 53`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 6: there is no fact `f7`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 2: found `hello: world`, expected `semantics:`, `tool:`, `input`, `assumes:`, `not examined:`, `fact`, `source`, `destination`, `from` or `end:`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    line 1: the format is of version `9`, this program reads version 1
      write it again with this version of canreach, or read it with the version that wrote it
    the text was changed after it was written: its SHA-256 is `bf7ad945d477da2b1d2fcb5edfc63112fdc39736be6c477108484b53d2dafecb`, the last line says `47b4bb13594a9665cb454cbdc2fbe23db4da3b4733fa1c095b8d96a148541685`
      a file edited by hand proves nothing: write it again with `canreach snapshot`
    ");
}

#[test]
fn a_byte_order_mark_and_broken_bytes_are_told() {
    assert!(matches!(read(b"\xef\xbb\xbfcanreach"), Err(ReadError::Encoding(_))));
    assert!(matches!(read(b"canreach \xff"), Err(ReadError::Encoding(_))));
}
