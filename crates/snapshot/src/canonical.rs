//! The one form of a snapshot that depends on nothing but what it says.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    model::{Block, Class, ClassList, Fact, Flows, Kind, Relation, Snapshot},
    rectangles::{Rectangle, by_rows, fewest, sorted, together},
};

impl Snapshot {
    /// Returns the same answers in the form that depends on nothing but what they say: classes that
    /// behave alike are one, blocks are as few as grouping makes them, everything is sorted.
    #[must_use]
    pub fn canonical(self) -> Self {
        let Self { mut header, facts, sources, destinations, blocks, flows } = self;
        for list in [&mut header.assumptions, &mut header.not_examined] {
            list.sort_unstable();
            list.dedup();
        }
        header.inputs.sort_unstable();
        header.inputs.dedup();
        let (facts, renumbered) = canonical_facts(facts);
        let (flows, places) = canonical_flows(flows, &renumbered);
        let mut areas = Areas::default();
        for block in &blocks {
            if let Some(Some(flows)) = places.get(block.flows) {
                areas.add(block, *flows);
            }
        }
        let areas = areas.by_rows();
        let (sources, new_source) = merged(sources, &areas.signatures(|it| &it.rows));
        let (destinations, new_destination) =
            merged(destinations, &areas.signatures(|it| &it.columns));
        let areas = areas.renamed(&new_source, &new_destination);
        let (blocks, flows) = areas.into_blocks(flows);
        Self { header, facts, sources, destinations, blocks, flows }
    }
}

/// Returns the facts sorted and numbered anew, and the new place of each old one.
fn canonical_facts(facts: Vec<Fact>) -> (Vec<Fact>, Vec<usize>) {
    let mut places: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (old, fact) in facts.into_iter().enumerate() {
        places.entry((fact.statement, fact.settled_by)).or_default().push(old);
    }
    let mut renumbered = vec![0; places.values().map(Vec::len).sum()];
    let mut facts = Vec::with_capacity(places.len());
    for (new, ((statement, settled_by), olds)) in places.into_iter().enumerate() {
        for old in olds {
            if let Some(place) = renumbered.get_mut(old) {
                *place = new;
            }
        }
        let id = format!("f{}", new.saturating_add(1));
        facts.push(Fact { id, statement, settled_by });
    }
    (facts, renumbered)
}

/// Returns different flows that are not closed, and where each given one is among them.
fn canonical_flows(flows: Vec<Flows>, renumbered: &[usize]) -> (Vec<Flows>, Vec<Option<usize>>) {
    let mut known: HashMap<Flows, usize> = HashMap::new();
    let mut places = Vec::with_capacity(flows.len());
    for mut it in flows {
        it.because =
            sorted(it.because.iter().filter_map(|fact| renumbered.get(*fact)).copied().collect());
        let next = known.len();
        places.push((!it.is_closed()).then(|| *known.entry(it).or_insert(next)));
    }
    let mut flows: Vec<(usize, Flows)> = known.into_iter().map(|(it, place)| (place, it)).collect();
    flows.sort_unstable_by_key(|(place, _)| *place);
    (flows.into_iter().map(|(_, it)| it).collect(), places)
}

/// The pairs of classes of each relation and flows.
#[derive(Debug, Default)]
struct Areas {
    areas: BTreeMap<(Relation, usize), Vec<Rectangle>>,
}

impl Areas {
    fn add(&mut self, block: &Block, flows: usize) {
        let rectangle =
            Rectangle { rows: sorted(block.from.to_vec()), columns: sorted(block.to.to_vec()) };
        self.areas.entry((block.relation, flows)).or_default().push(rectangle);
    }

    /// Returns the same, rows with the same columns together.
    fn by_rows(self) -> Self {
        let areas = self.areas.into_iter().map(|(key, given)| (key, by_rows(&given)));
        Self { areas: areas.collect() }
    }

    /// Returns for each class of a side which rectangles it lies in: two classes behave alike exactly
    /// when these are the same.
    fn signatures(&self, side: impl Fn(&Rectangle) -> &Vec<usize>) -> HashMap<usize, Vec<usize>> {
        let mut signatures: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, rectangle) in self.areas.values().flatten().enumerate() {
            for class in side(rectangle) {
                signatures.entry(*class).or_default().push(place);
            }
        }
        signatures
    }

    fn renamed(self, sources: &[Option<usize>], destinations: &[Option<usize>]) -> Self {
        let rename = |old: &[usize], new: &[Option<usize>]| {
            sorted(old.iter().filter_map(|class| new.get(*class).copied().flatten()).collect())
        };
        let renamed = |it: Rectangle| Rectangle {
            rows: rename(&it.rows, sources),
            columns: rename(&it.columns, destinations),
        };
        // Where rows with the same columns stand together, those that become one never come apart, so
        // that no pair comes twice.
        let rectangles = |given: Vec<Rectangle>| given.into_iter().map(renamed).collect();
        let areas = self.areas.into_iter().map(|(key, given)| (key, rectangles(given)));
        Self { areas: areas.collect() }
    }

    /// Returns the blocks sorted, and the flows in the order in which they are met there.
    fn into_blocks(self, flows: Vec<Flows>) -> (Vec<Block>, Vec<Flows>) {
        let mut lists = Lists::default();
        let mut blocks: Vec<Block> = Vec::new();
        for ((relation, flows), given) in self.areas {
            for Rectangle { rows, columns } in fewest(&given) {
                if !rows.is_empty() && !columns.is_empty() {
                    let (from, to) = (lists.shared(rows), lists.shared(columns));
                    blocks.push(Block { relation, from, to, flows });
                }
            }
        }
        blocks.sort_unstable_by(|a, b| {
            (&a.from, a.relation, &a.to).cmp(&(&b.from, b.relation, &b.to))
        });
        let mut flows: Vec<Option<Flows>> = flows.into_iter().map(Some).collect();
        let mut places: HashMap<usize, usize> = HashMap::new();
        let mut met = Vec::new();
        for block in &mut blocks {
            let old = block.flows;
            block.flows = *places.entry(old).or_insert_with(|| {
                met.extend(flows.get_mut(old).and_then(Option::take));
                met.len().saturating_sub(1)
            });
        }
        (blocks, met)
    }
}

/// Lists of classes, equal ones kept once.
#[derive(Debug, Default)]
struct Lists {
    known: HashSet<ClassList>,
}

impl Lists {
    fn shared(&mut self, list: Vec<usize>) -> ClassList {
        if let Some(known) = self.known.get(list.as_slice()) {
            return Arc::clone(known);
        }
        let list = ClassList::from(list);
        self.known.insert(Arc::clone(&list));
        list
    }
}

/// Returns the classes, those with the same signature as one, sorted; and where each given one went,
/// unless it has no members.
fn merged(
    classes: Vec<Class>,
    signatures: &HashMap<usize, Vec<usize>>,
) -> (Vec<Class>, Vec<Option<usize>>) {
    let none = Vec::new();
    let count = classes.len();
    let inhabited = classes.iter().enumerate().filter(|(_, class)| !class.is_empty());
    let of = |(old, _)| (old, signatures.get(&old).unwrap_or(&none));
    let groups: Vec<Vec<usize>> =
        together(inhabited.map(of)).into_iter().map(|(_, olds)| olds).collect();
    let mut classes: Vec<Option<Class>> = classes.into_iter().map(Some).collect();
    let mut merged: Vec<(Class, Vec<usize>)> = groups
        .into_iter()
        .map(|olds| {
            let taken = olds.iter().filter_map(|old| classes.get_mut(*old).and_then(Option::take));
            (canonical_class(taken.flat_map(|class| class.kinds)), olds)
        })
        .collect();
    merged.sort_unstable_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let mut places = vec![None; count];
    for (new, (_, olds)) in merged.iter().enumerate() {
        for old in olds {
            if let Some(place) = places.get_mut(*old) {
                *place = Some(new);
            }
        }
    }
    (merged.into_iter().map(|(class, _)| class).collect(), places)
}

fn canonical_class(kinds: impl Iterator<Item = Kind>) -> Class {
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in kinds {
        members.entry(kind.key).or_default().extend(kind.members);
    }
    let kind = |(key, mut members): (String, Vec<String>)| {
        members.sort_unstable();
        members.dedup();
        Kind { key, members }
    };
    let inhabited = |kind: &Kind| !kind.members.is_empty();
    Class::of_kinds(members.into_iter().map(kind).filter(inhabited).collect())
}
