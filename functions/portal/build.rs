//! Makes ready at build time what the portal serves: the routes of the template, and each file of `page/` under one
//! digest, compressed as far as it goes.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The one document; all else in `page/` is an asset.
const DOCUMENT: &str = "index.html";
/// What the document writes for the assets' digest.
const PLACEHOLDER: &str = "/assets/@/";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
/// Where the document's language stands.
const LANGUAGE: &str = r#"<html lang="en""#;

fn main() -> Outcome {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?);
    let (page, template) = (here.join("page"), here.join("../../infra/template.yaml"));
    watch(&[&page, &template])?;
    fs::write(out.join("routes.rs"), routes(&fs::read_to_string(&template)?)?)?;
    fs::write(out.join("contents.rs"), contents(&page, &out)?)?;
    Ok(())
}

fn watch(paths: &[&Path]) -> Outcome {
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.to_str().ok_or("a path that is no UTF-8")?);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    resources: BTreeMap<String, Resource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    code_uri: String,
    #[serde(default)]
    events: BTreeMap<String, Event>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    r#type: String,
    #[serde(default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HttpApi {
    method: Option<String>,
    path: Option<String>,
}

/// The routes as Rust; a function goes by the last part of its `CodeUri`.
fn routes(template: &str) -> Outcome<String> {
    let template: Template = serde_saphyr::from_str(template)?;
    let (mut routes, mut default) = (String::new(), None);
    for resource in template.resources.into_values().filter(|one| one.r#type == "AWS::Serverless::Function") {
        let function: Function = serde_json::from_value(resource.properties)?;
        let folder = function.code_uri.rsplit('/').next().unwrap_or_default();
        for (operation, event) in function.events.into_iter().filter(|(_, event)| event.r#type == "HttpApi") {
            match serde_json::from_value(event.properties)? {
                HttpApi { method: Some(method), path: Some(path) } => writeln!(
                    routes,
                    "Route {{ operation: {operation:?}, method: {method:?}, path: {path:?}, function: {folder:?} }},"
                )?,
                HttpApi { method: None, path: None } => default = Some(folder.to_owned()),
                HttpApi { .. } => return Err(format!("{operation}: a method and a path, or neither").into()),
            }
        }
    }
    let default = default.ok_or("the template has no route $default: an HttpApi event without method and path")?;
    Ok(format!(
        "/// Every route of the template but `$default`.\npub const ROUTES: &[Route] = &[\n{routes}];\n\n\
         /// The function behind `$default`.\npub const DEFAULT_FUNCTION: &str = {default:?};\n"
    ))
}

/// The files of `page` as Rust.
fn contents(page: &Path, out: &Path) -> Outcome<String> {
    let mut files = files(page)?;
    for (name, bytes) in &mut files {
        if matches!(media_type(name)?, JAVASCRIPT | CSS) {
            let text = str::from_utf8(bytes)?;
            *bytes = without_comments(text).map_err(|error| format!("page/{name}:{error}"))?.into_bytes();
        }
    }
    let document = files.remove(DOCUMENT).ok_or("page/ has no index.html")?;
    let digest = digest_of(&files);
    let mut code = format!("pub(crate) const DIGEST: &str = {digest:?};\n\n");
    code.push_str("pub(crate) static ASSETS: &[(&str, Content)] = &[\n");
    for (name, bytes) in &files {
        writeln!(code, "({name:?}, {}),", content(name, bytes, out)?)?;
    }
    code.push_str("];\n");
    let document = String::from_utf8(document)?;
    if document.matches(LANGUAGE).count() != 1 {
        return Err(format!("page/{DOCUMENT} must have {LANGUAGE} once: another language takes its place").into());
    }
    let english = document.replace(PLACEHOLDER, &format!("/assets/{digest}/"));
    let dutch = english.replace(LANGUAGE, r#"<html lang="nl""#);
    for (name, file, text) in [("ENGLISH", "en.html", english), ("DUTCH", "nl.html", dutch)] {
        writeln!(code, "\npub(crate) static {name}: Content = {};", content(file, text.as_bytes(), out)?)?;
    }
    Ok(code)
}

/// The files of `page` by name, without hidden ones.
fn files(page: &Path) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(page)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).ok_or("a name that is no UTF-8")?;
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            return Err(format!("page/{name}: no folders, each asset is /assets/DIGEST/NAME").into());
        }
        files.insert(name.to_owned(), fs::read(&path)?);
    }
    Ok(files)
}

/// The code without the lines that are comments, which are for those who read it here and a fifth of what would be
/// sent. Each line keeps its number.
fn without_comments(text: &str) -> Result<String, String> {
    let (mut code, mut is_within) = (String::with_capacity(text.len()), false);
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let is_block = is_within || start.starts_with("/*");
        let after = start.split_once("*/").map(|(_, after)| after.trim());
        match (is_block, after) {
            (true, Some("")) => is_within = false,
            (true, None) => is_within = true,
            (true, Some(_)) if is_within => {
                return Err(format!("{}: code behind a comment of several lines", index + 1));
            }
            (false, _) if start.starts_with("//") => {}
            // A text of several lines might hold a line that looks like a comment.
            _ if line.matches('`').count() % 2 == 1 => {
                return Err(format!("{}: a template of several lines", index + 1));
            }
            _ => code.push_str(line),
        }
        code.push('\n');
    }
    Ok(code)
}

fn digest_of(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hash = Sha256::new();
    for (name, bytes) in files {
        hash.update(format!("{}:{name}:{}:", name.len(), bytes.len()));
        hash.update(bytes);
    }
    shortened(&hash.finalize())
}

/// 80 bits are enough to tell one build from another.
fn shortened(digest: &[u8]) -> String {
    HEXLOWER.encode(digest.get(..10).unwrap_or(digest))
}

/// One file as the expression of a `Content`, with its codings written to `out`.
fn content(name: &str, bytes: &[u8], out: &Path) -> Outcome<String> {
    let media_type = media_type(name)?;
    fs::write(out.join(name), bytes)?;
    let include = |name: &str| format!(r#"include_bytes!(concat!(env!("OUT_DIR"), "/{name}"))"#);
    let mut codings = Vec::new();
    for (ending, coded) in [("br", brotli(bytes)?), ("gz", gzip(bytes)?)] {
        let name = format!("{name}.{ending}");
        fs::write(out.join(&name), &coded)?;
        // What does not shrink, as a picture, is not worth the unpacking.
        codings.push(if coded.len() < bytes.len() { format!("Some({})", include(&name)) } else { "None".to_owned() });
    }
    let tag = shortened(&Sha256::digest(bytes));
    let (plain, codings) = (include(name), codings.join(", "));
    Ok(format!("Content::new({media_type:?}, {tag:?}, {plain}, {codings})"))
}

fn media_type(name: &str) -> Outcome<&'static str> {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    Ok(match ending {
        "css" => CSS,
        "html" => "text/html; charset=utf-8",
        "js" => JAVASCRIPT,
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => return Err(format!("page/{name}: what is its media type? Add it to build.rs").into()),
    })
}

fn brotli(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut coded = Vec::new();
    let best =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut coded, &best)?;
    Ok(coded)
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
