//! `canreach collect`, with a program `aws` made for the test, which answers from files.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "programs are run, and work on files")]
#![expect(clippy::expect_used, reason = "helpers of tests stop where tests would")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Answers with the file that the words of the call name, and notes the call. What has no file is
/// an empty answer.
const AWS: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>"$FAKE/calls"
name='' text='' query=''
while [ $# -gt 0 ]; do
    case $1 in
        --profile | --region) shift ;;
        --output) shift; [ "$1" = text ] && text=yes ;;
        --query) shift; query=$1 ;;
        *) name="$name $1" ;;
    esac
    shift
done
if [ -n "$text" ]; then name="$name $query"; fi
name=$(printf '%s' "${name# }" | tr -c 'A-Za-z0-9\n' '_')
if [ -e "$FAKE/$name.fails" ]; then
    echo 'An error occurred (UnauthorizedOperation): you may not' >&2
    exit 254
fi
if [ -e "$FAKE/$name" ]; then cat "$FAKE/$name"
elif [ -z "$text" ]; then echo '{"Nothing": []}'
fi
"#;

const ACCOUNT: &str = "111122223333";
const TABLES: &str = "TransitGatewayRouteTables[].TransitGatewayRouteTableId";

/// Two VPCs behind a transit gateway, and a load balancer, in the collector's layout.
fn lab() -> Value {
    json!({
        "Vpcs": [
            {"VpcId": "vpc-a", "OwnerId": ACCOUNT, "CidrBlock": "10.1.0.0/16"},
            {"VpcId": "vpc-b", "OwnerId": ACCOUNT, "CidrBlock": "10.2.0.0/16"}],
        "Subnets": [
            {"SubnetId": "subnet-a", "VpcId": "vpc-a", "CidrBlock": "10.1.1.0/24", "AvailabilityZoneId": "euw1-az1"},
            {"SubnetId": "subnet-b", "VpcId": "vpc-b", "CidrBlock": "10.2.1.0/24", "AvailabilityZoneId": "euw1-az1"}],
        "SecurityGroups": [
            {"GroupId": "sg-a", "VpcId": "vpc-a", "GroupName": "a", "IpPermissionsEgress": [], "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": "pl-1"}]}]}],
        "PrefixLists": [{"PrefixListId": "pl-1", "PrefixListName": "office"}],
        "NetworkInterfaces": [
            {"NetworkInterfaceId": "eni-a", "VpcId": "vpc-a", "SubnetId": "subnet-a", "OwnerId": ACCOUNT,
             "Status": "in-use", "SourceDestCheck": true, "Groups": [{"GroupId": "sg-a"}],
             "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.1.1.10"}]},
            {"NetworkInterfaceId": "eni-lb", "VpcId": "vpc-a", "SubnetId": "subnet-a", "OwnerId": ACCOUNT,
             "Status": "in-use", "SourceDestCheck": false, "Groups": [], "Description": "ELB net/lb/1",
             "InterfaceType": "network_load_balancer",
             "PrivateIpAddresses": [{"Primary": true, "PrivateIpAddress": "10.1.1.20"}]}],
        "RouteTables": [
            {"RouteTableId": "rtb-a", "VpcId": "vpc-a", "Associations": [{"Main": true}], "Routes": [
                {"DestinationCidrBlock": "10.2.0.0/16", "TransitGatewayId": "tgw-1", "State": "active"}]},
            {"RouteTableId": "rtb-b", "VpcId": "vpc-b", "Associations": [{"Main": true}], "Routes": [
                {"DestinationCidrBlock": "10.0.0.0/8", "TransitGatewayId": "tgw-1", "State": "active"}]}],
        "NetworkAcls": [], "InternetGateways": [], "NatGateways": [], "Addresses": [],
        "VpnConnections": [], "VpcPeeringConnections": [], "VpcEndpoints": [], "Reservations": [],
        "TransitGateways": [{"TransitGatewayId": "tgw-1", "OwnerId": ACCOUNT, "State": "available"}],
        "TransitGatewayAttachments": [
            {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "ResourceType": "vpc",
             "ResourceId": "vpc-a", "State": "available",
             "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}},
            {"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1", "ResourceType": "vpc",
             "ResourceId": "vpc-b", "State": "available",
             "Association": {"State": "associated", "TransitGatewayRouteTableId": "tgw-rtb-1"}}],
        "TransitGatewayVpcAttachments": [
            {"TransitGatewayAttachmentId": "att-a", "TransitGatewayId": "tgw-1", "VpcId": "vpc-a",
             "State": "available", "SubnetIds": ["subnet-a"]},
            {"TransitGatewayAttachmentId": "att-b", "TransitGatewayId": "tgw-1", "VpcId": "vpc-b",
             "State": "available", "SubnetIds": ["subnet-b"]}],
        "TransitGatewayRouteTables": [
            {"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1", "State": "available"}],
        "LoadBalancers": [
            {"LoadBalancerArn": BALANCER, "LoadBalancerName": "lb", "Type": "network", "VpcId": "vpc-a",
             "State": {"Code": "active"}, "AvailabilityZones": [{"ZoneName": "eu-west-1a", "SubnetId": "subnet-a"}]}],
        "TargetGroups": [
            {"TargetGroupArn": TARGETS, "TargetGroupName": "tg", "TargetType": "ip", "Protocol": "TCP", "Port": 80}],
    })
}

const BALANCER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/lb/1";
const TARGETS: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/tg/1";

/// The answers that do not name what they belong to: the key around them in the collector's layout,
/// the member that names it and its id, the call, and the answer.
fn answers_about_one() -> Vec<(&'static str, &'static str, &'static str, String, Value)> {
    let table = |verb: &str| format!("ec2 {verb} --transit-gateway-route-table-id tgw-rtb-1");
    let balancer = |verb: &str| format!("elbv2 {verb} --load-balancer-arn {BALANCER}");
    let group = |verb: &str| format!("elbv2 {verb} --target-group-arn {TARGETS}");
    let member = "TransitGatewayRouteTableId";
    vec![
        (
            "TransitGatewayPropagations",
            member,
            "tgw-rtb-1",
            table("get-transit-gateway-route-table-propagations"),
            json!({"TransitGatewayRouteTablePropagations": [
            {"TransitGatewayAttachmentId": "att-a", "ResourceType": "vpc", "ResourceId": "vpc-a", "State": "enabled"},
            {"TransitGatewayAttachmentId": "att-b", "ResourceType": "vpc", "ResourceId": "vpc-b", "State": "enabled"}]}),
        ),
        (
            "TransitGatewayAssociations",
            member,
            "tgw-rtb-1",
            table("get-transit-gateway-route-table-associations"),
            json!({"Associations": [
            {"TransitGatewayAttachmentId": "att-a", "ResourceType": "vpc", "ResourceId": "vpc-a", "State": "associated"},
            {"TransitGatewayAttachmentId": "att-b", "ResourceType": "vpc", "ResourceId": "vpc-b", "State": "associated"}]}),
        ),
        (
            "TransitGatewayStaticRoutes",
            member,
            "tgw-rtb-1",
            table("search-transit-gateway-routes") + " --filters Name=type,Values=static",
            json!({"AdditionalRoutesAvailable": false, "Routes": [
            {"DestinationCidrBlock": "10.2.7.0/24", "Type": "static", "State": "blackhole"}]}),
        ),
        (
            "LoadBalancerAttributes",
            "LoadBalancerArn",
            BALANCER,
            balancer("describe-load-balancer-attributes"),
            json!({"Attributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]}),
        ),
        (
            "LoadBalancerListeners",
            "LoadBalancerArn",
            BALANCER,
            balancer("describe-listeners"),
            json!({"Listeners": [{"ListenerArn": "arn:l", "LoadBalancerArn": BALANCER, "Port": 80, "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": TARGETS}]}]}),
        ),
        (
            "TargetGroupAttributes",
            "TargetGroupArn",
            TARGETS,
            group("describe-target-group-attributes"),
            json!({"Attributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]}),
        ),
        (
            "LoadBalancerTargetHealth",
            "TargetGroupArn",
            TARGETS,
            group("describe-target-health"),
            json!({"TargetHealthDescriptions": [
            {"Target": {"Id": "10.1.1.10", "Port": 80}, "TargetHealth": {"State": "healthy"}}]}),
        ),
    ]
}

fn entries() -> Value {
    json!({"Entries": [{"Cidr": "192.0.2.0/28"}]})
}

/// The call that answers with a key.
fn call_of(key: &str) -> String {
    match key {
        "Reservations" => String::from("ec2 describe-instances"),
        "PrefixLists" => String::from("ec2 describe-managed-prefix-lists"),
        "LoadBalancers" | "TargetGroups" => format!("elbv2 describe{}", kebab(key)),
        key => format!("ec2 describe{}", kebab(key)),
    }
}

fn kebab(key: &str) -> String {
    let mut text = String::new();
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// A folder with the program, its answers, and what is collected.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let world = Self(TempDir::new().expect("a folder"));
        fs::create_dir(world.path("bin")).expect("a folder");
        let aws = world.path("bin/aws");
        fs::write(&aws, AWS).expect("a program");
        fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).expect("a program");
        world.answer("sts get-caller-identity Account", ACCOUNT);
        world
    }

    fn with_lab() -> Self {
        let world = Self::new();
        for (key, list) in lab().as_object().expect("an object") {
            world.json(&call_of(key), &json!({ key.as_str(): list }));
        }
        for (.., call, answer) in answers_about_one() {
            world.json(&call, &answer);
        }
        let search = "ec2 search-transit-gateway-routes --transit-gateway-route-table-id tgw-rtb-1 \
                      --filters Name=type,Values=propagated";
        world.json(search, &json!({"AdditionalRoutesAvailable": false, "Routes": []}));
        world.json("ec2 get-managed-prefix-list-entries --prefix-list-id pl-1", &entries());
        world.answer("ec2 describe-managed-prefix-lists PrefixLists[].PrefixListId", "pl-1");
        world.answer(&format!("ec2 describe-transit-gateway-route-tables {TABLES}"), "tgw-rtb-1");
        world.answer("elbv2 describe-load-balancers LoadBalancers[].LoadBalancerArn", BALANCER);
        world.answer("elbv2 describe-target-groups TargetGroups[].TargetGroupArn", TARGETS);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn answer(&self, call: &str, text: &str) {
        let name: String =
            call.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '_' }).collect();
        fs::write(self.path(&name), text.to_owned() + "\n").expect("an answer");
    }

    fn json(&self, call: &str, answer: &Value) {
        self.answer(call, &serde_json::to_string_pretty(answer).expect("JSON"));
    }

    fn collect(&self, arguments: &[&str]) -> Output {
        let search = std::env::var("PATH").unwrap_or_default();
        let search = format!("{}:{search}", self.path("bin").display());
        let mut command = canreach(&["collect", "aws", "--out", "dump"]);
        command.args(arguments).env("PATH", search).env("FAKE", self.0.path());
        command.current_dir(self.0.path()).output().expect("the program runs")
    }

    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Returns the files collected about a region, by their names.
    fn collected(&self, region: &str) -> BTreeMap<String, Value> {
        let folder = self.path("dump/accounts").join(ACCOUNT).join(region);
        let file = |entry: std::io::Result<fs::DirEntry>| {
            let entry = entry.expect("a file");
            let text = fs::read_to_string(entry.path()).expect("a text");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).expect("JSON"))
        };
        fs::read_dir(folder).expect("a folder").map(file).collect()
    }

    /// Returns what a dump means: the model written of it, without where things were written.
    fn meaning(&self, dump: &str) -> String {
        let model = self.path("model.yaml");
        let mut command = canreach(&["import", "-m", dump, "-o"]);
        let output = command.arg(&model).current_dir(self.0.path()).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = fs::read_to_string(model).expect("a model");
        let kept = text.lines().filter(|line| {
            !["places:", "- path:", "digest:"].iter().any(|part| line.trim().starts_with(part))
        });
        let kept = kept.filter_map(|line| line.split("origin:").next());
        kept.collect::<Vec<_>>().join("\n")
    }
}

fn canreach(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_canreach"));
    command.args(arguments);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

#[test]
fn what_is_collected_means_the_same_as_the_collectors_layout() {
    let world = World::with_lab();
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(printed.ends_with("answers about 1 account(s) into dump\n"), "{printed}");
    assert_eq!(said(&output), "", "no terminal, no progress");
    let mut layout = lab();
    for (key, member, id, _, mut answer) in answers_about_one() {
        answer[member] = json!(id);
        layout[key] = json!([answer]);
    }
    let folder = world.path("layout/accounts").join(ACCOUNT).join("eu-west-1");
    fs::create_dir_all(&folder).unwrap();
    for (key, list) in layout.as_object().unwrap() {
        let answer = json!({ key.as_str(): list }).to_string();
        fs::write(folder.join(format!("{key}.json")), answer).unwrap();
    }
    let mut entries = entries();
    entries["PrefixListId"] = json!("pl-1");
    fs::write(folder.join("entries.json"), entries.to_string()).unwrap();
    let meaning = world.meaning("layout");
    for part in ["192.0.2.0/28", "10.2.7.0/24", "att-b", "10.1.1.10"] {
        assert!(meaning.contains(part), "{part} in {meaning}");
    }
    assert_eq!(world.meaning("dump"), meaning);
}

#[test]
fn a_call_that_fails_is_told_and_the_others_go_on() {
    let world = World::with_lab();
    fs::write(world.path("ec2_describe_network_acls.fails"), "").unwrap();
    let search = "ec2_search_transit_gateway_routes___transit_gateway_route_table_id_tgw_rtb_1\
                  ___filters_Name_type_Values_propagated";
    fs::write(world.path(&format!("{search}.fails")), "").unwrap();
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(3));
    let log = fs::read_to_string(world.path("dump/collect.log")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert_eq!(
        lines[0],
        "111122223333 eu-west-1: aws ec2 describe-network-acls --output json: An error occurred \
         (UnauthorizedOperation): you may not "
    );
    assert!(said(&output).contains("2 calls failed, listed in dump/collect.log"), "{output:?}");
    let files = world.collected("eu-west-1");
    assert!(files.contains_key("Vpcs.json") && files.contains_key("TargetGroups.json"));
    assert!(!files.contains_key("NetworkAcls.json"));
    let half = "TransitGatewayRoutes.tgw-rtb-1.json";
    assert!(!files.contains_key(half), "half the routes of a table are not all of them");
    let left = fs::read_dir(world.path("dump")).unwrap();
    assert_eq!(left.count(), 2, "no temporary file is left");
}

#[test]
fn every_call_only_reads_and_goes_to_the_region_and_profile() {
    let world = World::with_lab();
    let output = world.collect(&["--region", "eu-west-1", "--profile", "it's mine"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let calls = world.calls();
    assert!(calls.len() > 50, "{}", calls.len());
    for call in &calls {
        // The lines of a query are no calls.
        let Some(rest) = call.strip_prefix("--profile it's mine --region ") else {
            assert!(call.starts_with("  "), "{call}");
            continue;
        };
        let words: Vec<&str> = rest.split(' ').collect();
        let core = words[1] == "networkmanager";
        assert_eq!(words[0], if core { "us-west-2" } else { "eu-west-1" }, "{call}");
        let reads = ["describe-", "get-", "list-", "search-"];
        assert!(reads.iter().any(|verb| words[2].starts_with(verb)), "{call}");
        assert!(!call.contains("--max-items") && !call.contains("--no-paginate"), "{call}");
    }
}

#[test]
fn ids_with_odd_characters_stay_what_they_are() {
    let world = World::new();
    let odd = r#"a"b\c$(touch pwned)'; d/e"#;
    world.json("elbv2 describe-load-balancers", &json!({"LoadBalancers": []}));
    world.answer("elbv2 describe-load-balancers LoadBalancers[].LoadBalancerArn", odd);
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(!world.path("pwned").exists());
    let files = world.collected("eu-west-1");
    let wrapped: Vec<&Value> =
        files.values().filter_map(|it| it.get("LoadBalancerListeners")).collect();
    assert_eq!(wrapped, [&json!([{"LoadBalancerArn": odd, "Nothing": []}])]);
    let call = format!("--load-balancer-arn {odd} --output json");
    assert!(world.calls().iter().any(|it| it.ends_with(&call)), "{call}");
}

/// A search finds 1,000 routes at most; then it is taken apart by the state of routes.
#[test]
fn a_table_of_many_routes_is_searched_in_parts() {
    let world = World::with_lab();
    let table =
        "ec2 search-transit-gateway-routes --transit-gateway-route-table-id tgw-rtb-1 --filters";
    let route = |block: &str, more: bool| {
        json!({"AdditionalRoutesAvailable": more, "Routes": [
            {"DestinationCidrBlock": block, "Type": "static", "State": "blackhole"}]})
    };
    let all = format!("{table} Name=type,Values=static");
    world.json(&all, &route("10.9.0.0/16", true));
    world.json(&format!("{all} Name=state,Values=active"), &route("10.8.0.0/16", false));
    world.json(&format!("{all} Name=state,Values=blackhole"), &route("10.7.0.0/16", true));
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let files = world.collected("eu-west-1");
    let parts =
        files["TransitGatewayRoutes.tgw-rtb-1.json"]["TransitGatewayStaticRoutes"].as_array();
    let parts: Vec<(&Value, &Value)> = parts
        .unwrap()
        .iter()
        .map(|it| (&it["Routes"][0]["DestinationCidrBlock"], &it["AdditionalRoutesAvailable"]))
        .collect();
    let expected = [
        (json!("10.8.0.0/16"), json!(false)),
        (json!("10.7.0.0/16"), json!(true)),
        (Value::Null, json!(false)),
    ];
    assert_eq!(parts, expected.each_ref().map(|(block, more)| (block, more)));
    let mut command = canreach(&["import", "-m", "dump"]);
    let import = command.current_dir(world.0.path()).output().unwrap();
    assert!(said(&import).contains("aws::paged"), "{import:?}");
    let page = String::from_utf8(import.stdout).unwrap();
    assert!(page.lines().any(|line| line.starts_with("  incomplete")), "{page}");
}

#[test]
fn without_regions_every_enabled_one_is_asked_and_an_account_once() {
    let world = World::new();
    world.answer("ec2 describe-regions Regions[].RegionName", "eu-west-1\tus-east-1");
    let output = world.collect(&["--profile", "one", "--profile", "two"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(
        said(&output).contains("profile two is account 111122223333, which is collected already")
    );
    let names = fs::read_dir(world.path("dump/accounts").join(ACCOUNT)).unwrap();
    let mut names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["eu-west-1", "global", "us-east-1"]);
}

#[test]
fn nothing_is_mixed_with_what_is_there_and_nothing_collected_is_an_error() {
    let world = World::new();
    fs::create_dir(world.path("dump")).unwrap();
    fs::write(world.path("dump/old.json"), "{}").unwrap();
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("dump is there already and not empty"), "{output:?}");
    assert_eq!(world.calls(), Vec::<String>::new());
    let world = World::new();
    fs::write(world.path("sts_get_caller_identity_Account.fails"), "").unwrap();
    let output = world.collect(&["--region", "eu-west-1"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(said(&output).contains("nothing was collected"), "{output:?}");
}

#[test]
fn without_the_program_one_is_told_what_to_do() {
    let empty = TempDir::new().unwrap();
    let output = canreach(&["collect", "aws"]).env("PATH", empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = said(&output);
    assert!(said.contains("there is no program `aws` in PATH; install the AWS CLI"), "{said}");
    assert!(said.contains("`canreach collect aws --script`"), "{said}");
}

#[test]
fn the_script_is_one_that_a_plain_shell_reads() {
    let output = canreach(&["collect", "aws", "--script", "--profile", "a'b"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let script = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!script.contains("eval "), "{script}");
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("collect.sh");
    fs::write(&path, script).unwrap();
    let read = |shell: &str, path: &Path| Command::new(shell).arg("-n").arg(path).status();
    assert!(read("sh", &path).unwrap().success());
}
