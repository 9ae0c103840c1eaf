import type { Rule } from '../rule.js';

/** A pull-through cache is nothing else. */
export const proxyPush: Rule = {
  id: 'proxy-push',
  group: 'safety',
  severity: 'error',
  title: 'A registry that is a pull-through cache is nothing else.',
  why: "With proxy.remoteurl every push is refused, and what is cached expires: images that only exist here are lost, and garbage collection fights the proxy's own clean-up.",
  fix: 'Run a registry of its own for the cache, without login for pushing and without garbage collection.',
  check(view, report) {
    for (const { config, settings, command, workload } of view.registries) {
      if (!config || !settings['proxy']?.remoteurl) continue;
      const inner = ['proxy', 'remoteurl'];
      if (command === 'garbage-collect')
        report(workload.object, ['spec'], 'collects the garbage of a pull-through cache, which cleans up by itself');
      else if (settings['auth']?.htpasswd)
        report(
          config.configMap,
          ['data', config.key],
          'the registry has logins to push with, but as a pull-through cache refuses every push',
          { inner },
        );
      if (command === 'serve' && settings['storage']?.maintenance?.readonly?.enabled === true)
        report(config.configMap, ['data', config.key], 'a read-only registry cannot cache what it pulls', { inner });
    }
  },
};
