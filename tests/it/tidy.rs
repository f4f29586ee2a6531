//! The house stays tidy: imports in one direction, nothing at the top that does not belong there, no dead links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// What stands at the top, beside dot-files and what is built.
const TOP: [&str; 8] =
    ["Cargo.lock", "Cargo.toml", "README.md", "functions", "infra", "samconfig.toml", "shared", "tests"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above this crate")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The visible entries of `folder`, without what is built or fetched.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.retain(|path| !name(path).starts_with('.') && !["target", "node_modules"].contains(&name(path).as_str()));
    paths.sort();
    paths
}

/// Every file below `folder` whose name ends in `end`.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = entries(folder).into_iter().partition(|path| path.is_dir());
    let here = files.into_iter().filter(|path| path.to_string_lossy().ends_with(end));
    here.chain(folders.iter().flat_map(|folder| self::files(folder, end))).collect()
}

/// The folders of all crates.
fn crates() -> Vec<PathBuf> {
    let manifests = files(root(), "Cargo.toml").into_iter();
    let mut folders: Vec<_> = manifests.map(|manifest| manifest.with_file_name("")).collect();
    folders.retain(|folder| folder.join("src").is_dir());
    assert!(folders.len() >= 12, "crates were not found: {folders:?}");
    folders
}

/// How far up a crate stands: it may depend on those further down only.
fn storey(folder: &Path) -> u32 {
    match shown(folder).trim_end_matches('/').split('/').collect::<Vec<_>>()[..] {
        ["shared", ..] => 0,
        ["functions", ..] => 1,
        ["infra", ..] => 2,
        ["tests"] => 3,
        ["tests", "bench" | "fuzz" | "histories" | "model", ..] => 4,
        ref other => panic!("{other:?}: no storey is known for crates there; add it here"),
    }
}

/// What a crate cannot depend on, it cannot name: so no function knows another.
#[test]
fn crates_depend_on_what_stands_below_them() {
    let manifest = |folder: &Path| read(&folder.join("Cargo.toml")).parse::<Table>().expect("a manifest");
    let name = |manifest: &Table| manifest["package"]["name"].as_str().expect("a name").to_owned();
    let storeys: BTreeMap<_, _> = crates().iter().map(|folder| (name(&manifest(folder)), storey(folder))).collect();
    for folder in crates() {
        let manifest = manifest(&folder);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = manifest.get(section).and_then(Value::as_table).into_iter().flat_map(Table::keys);
            for dependency in dependencies {
                let is_below = storeys.get(dependency).is_none_or(|below| *below < storey(&folder));
                assert!(is_below, "{}: {dependency} does not stand below it", shown(&folder));
            }
        }
    }
}

#[test]
fn what_is_for_this_machine_alone_is_not_deployed() {
    for folder in crates().iter().filter(|folder| storey(folder) < 2) {
        let manifest = read(&folder.join("Cargo.toml")).parse::<Table>().expect("a manifest");
        let dependencies = manifest.get("dependencies").and_then(Value::as_table).into_iter().flat_map(Table::keys);
        let named = dependencies.filter(|name| *name == "table").count();
        assert_eq!(named, 0, "{}: the crate table is for tests and the local stack", shown(folder));
    }
}

/// Which modules of one folder name which, with the file that does; tests left out.
type Imports = BTreeMap<String, BTreeMap<String, String>>;

/// The modules in `folder`, which name each other behind one of `paths`.
fn imports(folder: &Path, paths: &[&str]) -> Imports {
    let mut imports = Imports::new();
    for file in files(folder, ".rs") {
        let inner = file.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
        let module = inner.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        let is_test = inner.split('/').any(|part| part.trim_end_matches(".rs") == "tests");
        if is_test || ["lib", "main", "mod"].contains(&module.as_str()) {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let named = imports.entry(module.clone()).or_default();
        for other in paths.iter().flat_map(|path| named_behind(path, &lines)).filter(|other| *other != module) {
            named.entry(other).or_insert_with(|| shown(&file));
        }
    }
    imports
}

/// The modules that follow `path`; what is in capitals belongs to the folder's own file.
fn named_behind(path: &str, lines: &[&str]) -> Vec<String> {
    let behind = lines.iter().flat_map(|line| line.split(path).skip(1));
    let words = behind.flat_map(|rest| match rest.strip_prefix('{') {
        Some(group) => group.split(['}', ',']).map(str::trim).map(word).collect(),
        None => vec![word(rest)],
    });
    words.filter(|word| word.starts_with(char::is_lowercase)).map(str::to_owned).collect()
}

/// The name that `text` begins with.
fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// The layers as `shared/src/lib.rs` draws them, from the bottom up.
fn layers() -> Vec<Vec<String>> {
    let text = read(&root().join("shared/src/lib.rs"));
    let drawn = text.split("//! ```").nth(1).expect("a diagram").lines().skip(1);
    let line = |line: &str| line.trim_start_matches("//! ").split("  ").next().unwrap_or_default().to_owned();
    drawn.map(|text| line(text).split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn shared_keeps_the_layers_that_it_draws() {
    let (imports, layers) = (imports(&root().join("shared/src"), &["crate::"]), layers());
    assert!(imports["access"].contains_key("http"), "imports are not read any more");
    let layer = |module: &str| {
        let at = layers.iter().position(|layer| layer.iter().any(|name| name == module));
        at.unwrap_or_else(|| panic!("shared/src/lib.rs draws no {module}"))
    };
    for (module, others) in &imports {
        for (other, file) in others {
            assert!(layer(other) <= layer(module), "{file}: {module} must not know {other}, which stands above it");
            let are_apart = ["store", "http"].contains(&module.as_str()) && ["store", "http"].contains(&other.as_str());
            assert!(!are_apart, "{file}: store and http do not know each other");
        }
    }
    let drawn: BTreeSet<_> = layers.iter().flatten().collect();
    assert_eq!(drawn, imports.keys().collect(), "shared/src/lib.rs draws other modules than there are");
}

/// The way from `module` back to itself, if there is one.
fn circle(imports: &Imports, module: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![module.to_owned()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in way.last().and_then(|last| imports.get(last)).into_iter().flat_map(BTreeMap::keys) {
            let longer = [way.as_slice(), std::slice::from_ref(next)].concat();
            if next == module {
                return Some(longer);
            }
            if seen.insert(next.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}

#[test]
fn modules_import_in_no_circle() {
    let within = |folder: &Path, paths: &[&str]| {
        let imports = imports(folder, paths);
        let found: Vec<_> = imports.keys().filter_map(|module| circle(&imports, module)).collect();
        assert!(found.is_empty(), "{}: {}", shown(folder), found[0].join(" -> "));
    };
    for krate in crates() {
        within(&krate.join("src"), &["crate::"]);
    }
    within(&root().join("shared/src/store"), &["super::", "crate::store::"]);
    within(&root().join("shared/src/http"), &["super::", "crate::http::"]);
}

#[test]
fn nothing_else_stands_at_the_top() {
    let names = entries(root()).into_iter().map(|path| shown(&path));
    let strangers: Vec<_> = names.filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(strangers.is_empty(), "move below one of the folders, or into a dot-file: {strangers:?}");
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for krate in crates() {
        for file in files(&krate, ".rs") {
            assert!(read(&file).starts_with("//! "), "{} begins with no //! sentence", shown(&file));
        }
    }
}

/// The targets of a text's links that lead to files here.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next());
    targets.filter(|target| !target.is_empty() && !target.contains("://")).collect()
}

#[test]
fn what_a_readme_links_to_is_there() {
    for readme in files(root(), "README.md") {
        for target in links(&read(&readme)) {
            let is_there = readme.with_file_name(target).exists();
            assert!(is_there, "{} links to {target}, which is not there", shown(&readme));
        }
    }
}

#[test]
fn the_readme_lists_every_function() {
    let text = read(&root().join("README.md"));
    let rows = text.lines().filter_map(|line| line.strip_prefix("| &nbsp;&nbsp;")?.split('|').next());
    let listed: BTreeSet<_> = rows.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    let folders = entries(&root().join("functions")).into_iter();
    let there: BTreeSet<_> =
        folders.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    assert_eq!(listed, there, "the README's table of functions and the folders below functions/ differ");
}
