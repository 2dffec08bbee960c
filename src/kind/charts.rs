//! `charts`: the version of a Helm chart that kustomize inflates.

use crate::diagnostic::Diagnostic;
use crate::kind::{About, Field, Kind, Value, append};
use crate::overlay::{File, Overlay};
use crate::promotion::Promotion;
use crate::secret::without_secret_parameters;
use crate::yaml::{Document, New, NodeId, Rewrite, Type};

/// The kind.
pub(super) struct Charts;

/// Where charts stand in files of their own.
const GENERATORS: &str = "generators";

/// The keys of one way of writing a chart.
struct Form {
    list: &'static str,
    name: &'static str,
    version: &'static str,
    repository: &'static str,
}

const FORMS: [Form; 2] = [
    Form { list: "helmCharts", name: "name", version: "version", repository: "repo" },
    // Deprecated; kustomize appends it to `helmCharts`.
    Form {
        list: "helmChartInflationGenerator",
        name: "chartName",
        version: "chartVersion",
        repository: "chartRepoUrl",
    },
];

impl Kind for Charts {
    fn id(&self) -> &'static str {
        "charts"
    }

    fn lists(&self) -> &'static [&'static str] {
        &["helmCharts", "helmChartInflationGenerator"]
    }

    fn about(&self) -> About {
        About {
            what: "the version of a Helm chart",
            places: &[
                "helmCharts[].version",
                "helmChartInflationGenerator[].chartVersion",
                "version in HelmChartInflationGenerator files listed under generators",
            ],
            key: "the chart's repository, name and release name",
            value: "the version, ranges included",
            never: "values, value files, namespaces, release names, repositories",
            pins: None,
            example: ("version: 1.14.4", "version: 1.15.1"),
        }
    }

    fn collect(&self, overlay: &Overlay<'_>) -> Result<Vec<Field>, Diagnostic> {
        let file = overlay.kustomization();
        let mut fields = Vec::new();
        for form in &FORMS {
            let items = overlay.list(form.list)?;
            fields.extend(items.iter().filter_map(|item| field(file, 0, *item, form)));
        }
        for (index, file) in overlay.files.iter().enumerate().skip(1) {
            let roots = file.doc.roots().iter().map(|root| root.node);
            let charts = roots.filter(|root| is_generator(&file.doc, *root));
            fields.extend(charts.filter_map(|root| field(file, index, root, &FORMS[0])));
        }
        Ok(fields)
    }

    fn replace(
        &self,
        overlay: &Overlay<'_>,
        target: &Field,
        _: &Field,
        new: &Value,
    ) -> Result<Vec<Rewrite>, Diagnostic> {
        let doc = &overlay.files[target.file].doc;
        let text = new.version.clone().unwrap_or_default();
        let form = form_of(doc, target.node);
        if let Some(node) = doc.get(target.node, form.version) {
            return Ok(vec![Rewrite::Set { node, text }]);
        }
        let before = [form.repository, form.name];
        let after =
            before.into_iter().find_map(|key| doc.positions(target.node, key).last().copied());
        let (key, value) = (form.version.to_owned(), New::text(text));
        let (mapping, after) = (target.node, after.unwrap_or(0));
        Ok(vec![Rewrite::InsertKey { mapping, after, key, value }])
    }

    fn add(&self, fields: &[&Field], target: &Overlay<'_>) -> Result<Vec<Rewrite>, Diagnostic> {
        if let Some(field) = fields.iter().find(|field| field.list == GENERATORS) {
            let message = format!("the generator file of `{}` is not created", field.key);
            let hint = "copy it from the source by hand and list it under `generators`";
            return Err(Diagnostic::error(message).file(&target.kustomization().label).hint(hint));
        }
        let mut rewrites = Vec::new();
        for form in &FORMS {
            let charts = fields.iter().filter(|field| field.list == form.list);
            let items: Vec<_> = charts.map(|field| new_entry(field)).collect();
            if !items.is_empty() {
                rewrites.push(append(target, form.list, items)?);
            }
        }
        Ok(rewrites)
    }

    fn remarks(&self, _: &Field, _: &Field, new: &Value, _: &Promotion) -> Vec<String> {
        let range = |version: &&str| version.contains(['^', '~', '>', '<', '*', ' ', '|']);
        let range = new.version.as_deref().filter(range);
        let say =
            |range| format!("`{range}` is a range: what it is can change after the promotion");
        range.map(say).into_iter().collect()
    }
}

fn form_of(doc: &Document<'_>, node: NodeId) -> &'static Form {
    FORMS.iter().find(|form| doc.get(node, form.name).is_some()).unwrap_or(&FORMS[0])
}

fn is_generator(doc: &Document<'_>, root: NodeId) -> bool {
    doc.get_scalar(root, "kind") == Some("HelmChartInflationGenerator")
}

fn field(file: &File<'_>, index: usize, node: NodeId, form: &Form) -> Option<Field> {
    let doc = &file.doc;
    let name = doc.get_scalar(node, form.name)?;
    let repository = doc.get_scalar(node, form.repository).map(bare);
    let release = doc.get_scalar(node, "releaseName");
    let version = doc.get(node, form.version);
    let text = version.and_then(|version| doc.scalar(version)).filter(|text| !text.is_empty());
    let span = doc.node(version.unwrap_or(node)).span;
    let twice = doc.positions(node, form.version).get(1).map(|twice| {
        let problem = Diagnostic::error(format!("`{}` is there twice in this entry", form.version));
        let key = doc.entries(node)[*twice].key;
        file.point(problem.hint("delete one of them"), doc.node(key).span)
    });
    let merge = doc.entries(node).iter().find(|entry| doc.scalar(entry.key) == Some("<<"));
    let fixed = merge.map(|entry| {
        let problem = Diagnostic::error("the entry takes its fields from a merge key");
        let problem = problem.hint(format!("write `{}` into the entry itself", form.version));
        file.point(problem, doc.node(entry.key).span)
    });
    // Values, namespace and files are the environment's own: they are no part of a new entry.
    let keys = [form.name, form.repository, form.version, "releaseName"];
    let known = |key: &&str| keys.iter().any(|known| known.eq_ignore_ascii_case(key));
    let names = doc.entries(node).iter().filter_map(|entry| doc.scalar(entry.key));
    let omitted = names.filter(|key| !known(key)).map(str::to_owned).collect();
    let odd = if text.is_some() && repository.is_none() {
        Some("a chart without a repository is used as found, and its version is ignored".to_owned())
    } else if version.is_some_and(|version| doc.kind(version) == Type::Other) {
        Some(
            "a version without quotes that is not text to YAML, which kustomize refuses".to_owned(),
        )
    } else {
        None
    };
    let entry =
        keys.into_iter().filter_map(|key| Some((key, doc.get_scalar(node, key)?.to_owned())));
    Some(Field {
        kind: "charts",
        list: if index == 0 { form.list } else { GENERATORS },
        omitted,
        repository: None,
        entry: entry.collect(),
        together: false,
        named: None,
        noted: None,
        place: None,
        key: key(name, repository, release),
        text: None,
        value: text.map(Value::version),
        file: index,
        node,
        span,
        unclear: twice,
        fixed,
        odd: odd.map(|message| file.point(Diagnostic::warning(message), span)),
    })
}

/// `charts.jetstack.io/cert-manager`, with `#release` where the entry names one.
fn key(name: &str, repository: Option<String>, release: Option<&str>) -> String {
    let repository = repository.map_or(String::new(), |repository| format!("{repository}/"));
    let release = release.map_or(String::new(), |release| format!("#{release}"));
    format!("{repository}{name}{release}")
}

/// A repository's URL without scheme, login and final slash.
fn bare(url: &str) -> String {
    let url = without_secret_parameters(url);
    let url = url.as_ref();
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let host = host.rsplit('@').next().unwrap_or(host);
    let slash = if path.is_empty() { "" } else { "/" };
    format!("{}{slash}{path}", host.to_ascii_lowercase())
}

fn new_entry(field: &Field) -> New {
    let entries =
        field.entry.iter().map(|(key, text)| ((*key).to_owned(), New::text(text.clone())));
    New::Mapping(entries.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_no_part_of_a_repository() {
        for url in ["https://Charts.example.org/a/", "https://me:secret@charts.example.org/a"] {
            assert_eq!(bare(url), "charts.example.org/a");
        }
        assert_eq!(bare("oci://example.org/a@b"), "example.org/a@b");
        assert_eq!(bare("https://example.org/a?token=x"), "example.org/a");
    }
}
