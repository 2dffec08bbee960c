//! A client, with the credentials that a plugin or kube has.

use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::kubeconfig::Access;
use super::plugin;
use super::session::{Session, Trace};
use super::token;
use super::whom::{Trouble, Whom};

/// A client with the credentials that there are: a plugin's, or what kube makes of the rest. Both
/// may take their time beside us.
pub(super) async fn session(
    mut access: Access,
    limit: Duration,
    trace: Trace,
) -> Result<(Access, Session), (Whom, Trouble)> {
    if let Some(plugin) = &access.plugin {
        access.whom.plugin = plugin::name(plugin).ok();
    }
    let (config, plugin) = (access.config.clone(), access.plugin.clone());
    let made = match plugin {
        None => connect(config, limit, trace).await,
        Some(plugin) => match with_plugin(config, plugin, limit).await {
            Ok(config) => connect(config, limit, trace).await,
            Err(trouble) => Err(trouble),
        },
    };
    match made {
        Ok(session) => Ok((access, session)),
        Err(trouble) => Err((access.whom, trouble)),
    }
}

async fn with_plugin(
    mut config: kube::Config,
    plugin: kube::config::ExecConfig,
    limit: Duration,
) -> Result<kube::Config, Trouble> {
    let asked =
        spawn_blocking(move || plugin::ask(&plugin, &mut config.auth_info, limit).map(|()| config));
    let asked = asked.await.unwrap_or_else(|error| Err(error.to_string()));
    asked.map_err(Trouble::Login)
}

async fn connect(
    mut config: kube::Config,
    limit: Duration,
    trace: Trace,
) -> Result<Session, Trouble> {
    let make = move || {
        token::read(&mut config.auth_info).map_err(Trouble::Login)?;
        Session::new(config, limit, trace)
    };
    let made = timeout(limit, spawn_blocking(make));
    match made.await {
        Ok(made) => made.unwrap_or_else(|error| Err(Trouble::Login(error.to_string()))),
        Err(_) => Err(Trouble::Login("the program that has them does not end".to_owned())),
    }
}
