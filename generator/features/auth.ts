import { type Draft, explain } from '../model/index.js';
import { fromSecret, SECRET_KEYS } from './shared.js';

const FOLDER = '/etc/registry-auth';

/** The HTTP secret that all replicas share, and the users that may log in. Both are only referred to. */
export function auth(draft: Draft): void {
  const { settings, config, pod, container } = draft;
  draft.relyOn('Secret', settings.secretName);
  container.env!.push(
    explain(fromSecret(settings, 'REGISTRY_HTTP_SECRET', SECRET_KEYS.httpSecret), {
      name: 'Signs the state of uploads. All replicas need the same, or an upload that moves between them fails.',
    }),
  );
  if (settings.auth.type === 'none') return;
  config.auth = { htpasswd: { realm: settings.auth.realm, path: `${FOLDER}/${SECRET_KEYS.htpasswd}` } };
  pod.volumes!.push({
    name: 'auth',
    secret: explain(
      {
        secretName: settings.secretName,
        defaultMode: 0o440,
        items: [{ key: SECRET_KEYS.htpasswd, path: SECRET_KEYS.htpasswd }],
      },
      { defaultMode: '0440: readable for the group of the pod only.' },
    ),
  });
  container.volumeMounts!.push({ name: 'auth', mountPath: FOLDER, readOnly: true });
}
