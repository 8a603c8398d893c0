//! Reading, writing and comparing networks.

use std::{fmt::Write as _, fs, path::Path};

use canreach_import::{Import, Severity, SourceFile, import, render};
use canreach_model::{Network, SourceMap};

/// Reads files that have no errors.
pub(crate) fn read(files: &[SourceFile]) -> Network {
    let Import { network, diagnostics, .. } = import(files);
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .map(|it| render(it, files, false))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    network
}

/// Reads what was written, in which nothing may be found wrong or doubtful.
pub(crate) fn read_back(text: &str) -> Network {
    let files = [file("written.yaml", text.as_bytes())];
    let Import { network, diagnostics, .. } = import(&files);
    let said: Vec<String> = diagnostics.iter().map(|it| render(it, &files, false)).collect();
    assert!(said.is_empty(), "{}\n{text}", said.join("\n"));
    network
}

pub(crate) fn file(path: &str, bytes: &[u8]) -> SourceFile {
    // Digests are made by the command line; any digits do here.
    SourceFile { path: path.into(), bytes: bytes.into(), digest: format!("{:x}", bytes.len()) }
}

/// Reads every file of a folder.
#[expect(clippy::disallowed_methods, reason = "a test reads its inputs")]
pub(crate) fn folder(path: &Path) -> Vec<SourceFile> {
    let mut paths: Vec<_> = fs::read_dir(path).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let files = paths.iter().filter(|path| path.is_file());
    files.map(|path| file(&path.display().to_string(), &fs::read(path).unwrap())).collect()
}

/// Returns everything a network says, with places as they are printed.
///
/// What [`std::fmt::Debug`] shows of every table is everything there is, so that nothing can be
/// forgotten here.
fn everything(network: &Network, on_lines: bool) -> String {
    let mut all = String::new();
    let Network {
        vpcs,
        subnets,
        route_tables,
        network_acls,
        security_groups,
        address_groups,
        interfaces,
        instances,
        peerings,
        internet_gateways,
        public_addresses,
        nat_gateways,
        outside_networks,
        load_balancers,
        virtual_addresses,
        gateway_endpoints,
        cloud_firewalls,
        transit_gateways,
        transit_attachments,
        transit_route_tables,
        connections,
        remote_networks,
        facts,
        assumptions,
        not_examined,
        sources,
    } = network;
    let tables: [&dyn std::fmt::Debug; 25] = [
        facts,
        load_balancers,
        virtual_addresses,
        gateway_endpoints,
        cloud_firewalls,
        transit_gateways,
        transit_attachments,
        transit_route_tables,
        connections,
        remote_networks,
        vpcs,
        subnets,
        route_tables,
        network_acls,
        security_groups,
        address_groups,
        instances,
        interfaces,
        peerings,
        internet_gateways,
        public_addresses,
        nat_gateways,
        outside_networks,
        assumptions,
        not_examined,
    ];
    for table in tables {
        if on_lines {
            writeln!(all, "{table:#?}").unwrap();
        } else {
            writeln!(all, "{table:?}").unwrap();
        }
    }
    let mut all = with_places(&all, sources);
    let inputs = sources.iter().filter(|(id, _)| !sources.is_record(*id));
    for (_, input) in inputs {
        writeln!(all, "{input:?}").unwrap();
    }
    all
}

/// Replaces each span by the place it stands for.
fn with_places(text: &str, sources: &SourceMap) -> String {
    let mut parts = text.split("Span {");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (span, rest) = part.split_once('}').unwrap();
        let numbers: Vec<u32> = span
            .split(|char: char| !char.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse().unwrap())
            .collect();
        let [file, start, end] = numbers[..] else { panic!("{span}") };
        let (file, _) = sources.iter().nth(usize::try_from(file).unwrap()).unwrap();
        let place = sources.location(canreach_model::Span { file, start, end });
        write!(all, "{place}:{}{rest}", place.column).unwrap();
    }
    all
}

/// Panics with the first difference, unless two texts are the same.
#[track_caller]
pub(crate) fn same(one: &str, other: &str, what: &str) {
    if one == other {
        return;
    }
    let lines = one.lines().zip(other.lines());
    let at = lines.take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        text.lines().skip(at.saturating_sub(8)).take(14).collect::<Vec<_>>().join("\n")
    };
    panic!("{what}: line {at}\n--- before\n{}\n--- after\n{}", around(one), around(other));
}

/// Checks that a network is read back as it is, and is then written as it was.
#[track_caller]
pub(crate) fn survives(network: &Network, what: &str) -> String {
    let text = canreach_import::write(network);
    let back = read_back(&text);
    // On lines it takes much longer, and is only wanted for showing where they differ.
    if everything(network, false) != everything(&back, false) {
        same(&everything(network, true), &everything(&back, true), &format!("{what}\n{text}"));
        panic!("{what}: what was read back differs\n{text}");
    }
    same(&text, &canreach_import::write(&back), what);
    text
}
