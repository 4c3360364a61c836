import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PREFIX, SETTINGS } from '../../src/config/settings.ts';
import type { Setting } from '../../src/config/settings.ts';
import {
  KUBERNETES,
  ROOT,
  FOLDERS,
  containersOf,
  envOf,
  readKustomization,
  readManifests,
  readPods,
} from './manifests.ts';
import type { Container, FoundPod, PodSpec } from './manifests.ts';
import { validate } from './models.ts';

/** NOTE: there is no cluster here: nothing of this has been seen to run in one. */

/** Whose definitions are not part of Kubernetes. */
const FOREIGN = ['Instrumentation'];

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const found = readManifests();
const own = found.filter(({ manifest }) => !FOREIGN.includes(manifest.kind));
const pods = readPods();
const containers = pods.flatMap(({ pod, manifest }) =>
  containersOf(pod).map((container) => ({ container, pod, manifest })),
);
const named = (name: string) => containers.filter(({ container }) => container.image === name);

/** What a container finds below a path, by the volumes that are mounted there. */
function mountedFiles({ volumes = [] }: PodSpec, { volumeMounts = [] }: Container): string[] {
  return volumeMounts.flatMap(({ name, mountPath }) => {
    const { secret, configMap } = volumes.find((volume) => volume.name === name) ?? {};
    const items =
      secret?.items?.map(({ path }) => path) ?? (secret === undefined ? [] : ['tls.crt', 'tls.key']);
    return [...items, ...(configMap === undefined ? [] : configFiles())].map(
      (path) => `${mountPath}/${path}`,
    );
  });
}

function configFiles(): string[] {
  const { configMapGenerator = [] } = readKustomization('../../collector');
  return configMapGenerator.flatMap(({ files }) => [...files]);
}

describe('Each object', () => {
  test.each(
    own.map(
      ({ folder, manifest }) => [`${folder}: ${manifest.kind} ${manifest.metadata.name}`, manifest] as const,
    ),
  )('%s is what the schema of its kind asks for', (_, manifest) => {
    expect(() => validate(manifest)).not.toThrow();
  });

  test('would be refused with anything else than an object for what it is to be', () => {
    const specified = own.filter(({ manifest }) => manifest.spec !== undefined);
    expect(new Set(specified.map(({ manifest }) => manifest.kind)).size).toBe(8);
    for (const { manifest } of specified) {
      expect(() => validate({ ...manifest, spec: 'nothing' }), manifest.kind).toThrow(/spec/);
    }
  });

  test('would be refused for a port or a probe of another type', () => {
    for (const { manifest } of own.filter(({ manifest }) => manifest.kind === 'StatefulSet')) {
      const broken = structuredClone(manifest);
      broken.spec.template.spec.containers[0].ports[0].containerPort = 'http';
      expect(() => validate(broken)).toThrow(/containerPort/);
    }
  });

  test('is in a kustomization, and each kustomization names what is there', () => {
    for (const folder of FOLDERS) {
      const { resources = [] } = readKustomization(folder);
      for (const resource of resources)
        expect(existsSync(resolve(KUBERNETES, folder, resource)), resource).toBe(true);
      const files = found.filter((each) => each.folder === folder).map(({ file }) => file);
      expect(resources).toEqual(expect.arrayContaining([...new Set(files)]));
    }
    const outside = found
      .filter(({ folder }) => !FOLDERS.includes(folder))
      .map(({ manifest }) => manifest.kind);
    expect(outside).toEqual(FOREIGN);
  });

  test('is in the namespace of its kustomization', () => {
    for (const { folder, manifest } of own.filter(({ manifest }) => manifest.kind !== 'Namespace'))
      expect(manifest.metadata.namespace, manifest.metadata.name).toBe(readKustomization(folder).namespace);
  });
});

describe('Each image', () => {
  test('is named by its kustomization, ours in the version of the package', () => {
    for (const { folder, pod } of pods) {
      const { images = [] } = readKustomization(folder);
      for (const { image } of containersOf(pod)) {
        const mapped = images.find(({ name }) => name === image);
        expect(mapped, `${folder} ${image}`).toBeDefined();
        if (image.startsWith('audit-register')) expect(mapped?.newTag).toBe(version);
      }
    }
  });

  test('of a migration goes with a Job of its own for each version', () => {
    const job = found.find(({ manifest }) => manifest.kind === 'Job')?.manifest;
    expect(job?.metadata.name).toBe(`audit-register-migrate-${version.replaceAll('.', '-')}`);
  });

  test.each(['docs/kubernetes.md', 'deploy/kubernetes/operator/instrumentation.yaml'])(
    'of ours, and the Job, has the version of the package also in %s, which no kustomization rewrites',
    (path) => {
      const named = readFileSync(join(ROOT, path), 'utf8').matchAll(
        /audit-register-(?:preload|commands|collector):([\d.]+\d)|job\/audit-register-migrate-([\d-]+\d)/g,
      );
      const versions = [...named].map(([, tag, job]) => tag ?? job?.replaceAll('-', '.'));
      expect(versions.length).toBeGreaterThan(0);
      expect(new Set(versions)).toEqual(new Set([version]));
    },
  );
});

describe('Each container', () => {
  const unprivileged = containers.filter(({ container }) => container.securityContext?.['runAsUser'] !== 0);

  test('is of a user, changes nothing but its volumes, and gets no more rights', () => {
    expect(unprivileged.length).toBeGreaterThanOrEqual(7);
    for (const { pod, container } of unprivileged) {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
    }
  });

  test('that is of root is the one that makes the directory of a node', () => {
    const root = containers.filter(({ container }) => container.securityContext?.['runAsUser'] === 0);
    expect(root.map(({ container }) => container.name)).toEqual(['directory']);
    expect(root[0]?.container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('says what it needs, and how much memory it may take', () => {
    for (const { container } of containers) {
      expect(container.resources?.requests?.['cpu'], container.name).toMatch(/^\d+m$/);
      expect(container.resources?.limits?.['memory'], container.name).toMatch(/^\d+(Mi|Gi)$/);
    }
  });

  test('is given names that are settings, values that they take, and secrets as files alone', () => {
    const given = [
      ...containers.flatMap(({ container }) => container.env ?? []),
      ...found.flatMap(({ manifest }) =>
        manifest.kind === 'Instrumentation' ? manifest.spec.nodejs.env : [],
      ),
    ].filter(({ name }) => name.startsWith(PREFIX));
    expect(given.length).toBeGreaterThan(20);
    for (const { name, value } of given) {
      const variable = name.slice(PREFIX.length).replace(/_FILE$/, '');
      const setting = (SETTINGS as readonly Setting[]).find((each) => each.variable === variable);
      expect(setting, name).toBeDefined();
      expect(name.endsWith('_FILE'), name).toBe(setting?.secret === true);
      if (setting?.choices !== undefined) expect(setting.choices).toContain(value);
    }
  });

  test('could be given what docs/kubernetes.md names beside that', () => {
    const guide = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');
    const names = [...guide.matchAll(/\bAUDIT_REGISTER_([A-Z]+(?:_[A-Z]+)*)\b(?!_)/g)].map(
      ([, name = '']) => name,
    );
    expect(names).toContain('OTLP_HEADERS_FILE');
    const known = new Set(
      (SETTINGS as readonly Setting[]).flatMap(({ variable, secret }) =>
        secret === true ? [variable, `${variable}_FILE`] : [variable],
      ),
    );
    // The settings of the store, as a whole.
    expect(names.filter((name) => !known.has(name) && name !== 'CLICKHOUSE')).toEqual([]);
  });

  test('finds every file that its settings and arguments name', () => {
    let checked = 0;
    for (const { pod, container } of containers) {
      const files = mountedFiles(pod, container);
      const values = [
        ...Object.values(envOf(container)),
        ...(container.args ?? []).map((arg) => arg.replace(/^--\w+=/, '')),
      ];
      for (const value of values.filter((value) => /^\/(run|etc)\//.test(value))) {
        expect(files, container.name).toContain(value);
        checked += 1;
      }
    }
    expect(checked).toBeGreaterThanOrEqual(14);
  });

  test('mounts volumes that its pod has', () => {
    for (const { pod, container, manifest } of containers) {
      const volumes = [
        ...(pod.volumes ?? []).map(({ name }) => name),
        ...((manifest.spec.volumeClaimTemplates ?? []) as { metadata: { name: string } }[]).map(
          ({ metadata }) => metadata.name,
        ),
      ];
      for (const { name } of container.volumeMounts ?? []) expect(volumes, container.name).toContain(name);
    }
  });
});

describe('Services, probes and policies', () => {
  test('name ports that the pods they select have', () => {
    for (const { folder, manifest } of found.filter(({ manifest }) => manifest.kind === 'Service')) {
      const target = podSelectedBy(folder, manifest.spec.selector);
      const ports = target.pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
      for (const { targetPort } of manifest.spec.ports) expect(ports).toContain(targetPort);
    }
    for (const { container } of containers) {
      const ports = (container.ports ?? []).map(({ name }) => name);
      const { startupProbe, readinessProbe, livenessProbe } = container;
      for (const probe of [startupProbe, readinessProbe, livenessProbe])
        if (probe !== undefined) expect(ports).toContain(probe.httpGet.port);
    }
  });

  test('select pods that are there', () => {
    const selecting = found.filter(({ manifest }) =>
      /^(PodDisruptionBudget|NetworkPolicy)$/.test(manifest.kind),
    );
    expect(selecting.length).toBeGreaterThanOrEqual(3);
    for (const { folder, manifest } of selecting) {
      const { selector, podSelector } = manifest.spec;
      const { matchLabels, matchExpressions } = selector ?? podSelector;
      if (matchLabels !== undefined) podSelectedBy(folder, matchLabels);
      for (const { key, values } of matchExpressions ?? [])
        for (const value of values) podSelectedBy(folder, { [key]: value });
    }
  });

  test('let those in and out whom applications and configurations name', () => {
    for (const { folder, manifest } of found.filter(({ manifest }) => manifest.kind === 'NetworkPolicy')) {
      const [toStore] = manifest.spec.egress;
      const namespace = toStore.to[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name'];
      const addresses = pods
        .filter((each) => each.folder === folder)
        .flatMap(({ pod }) => containersOf(pod).flatMap((container) => Object.values(envOf(container))))
        .filter((value) => value.startsWith('http://'));
      expect(addresses.length).toBeGreaterThan(0);
      for (const address of addresses) {
        const { hostname, port } = new URL(address);
        expect(hostname).toBe(`clickhouse.${namespace}.svc`);
        expect(toStore.ports).toEqual([{ protocol: 'TCP', port: Number(port) }]);
      }
    }
    const senders = pods.filter(({ labels }) => labels['audit-register/sender'] === 'true');
    expect(senders.length).toBeGreaterThanOrEqual(3);
  });

  function podSelectedBy(folder: string, selector: Record<string, string>): FoundPod {
    const selected = pods.find(
      (each) =>
        each.folder === folder &&
        Object.entries(selector).every(([name, value]) => each.labels[name] === value),
    );
    expect(selected, `${folder} ${JSON.stringify(selector)}`).toBeDefined();
    return selected as FoundPod;
  }
});

describe('Secrets', () => {
  const guide = readFileSync(join(ROOT, 'docs/kubernetes.md'), 'utf8');

  test('are made as docs/kubernetes.md says, with the keys that are asked for', () => {
    const asked = pods.flatMap(({ pod }) => [
      ...(pod.volumes ?? []).flatMap(({ secret }) =>
        (secret?.items ?? []).map(({ key }) => [secret?.secretName ?? '', key] as const),
      ),
      ...containersOf(pod).flatMap(({ env = [] }) =>
        env.flatMap(({ valueFrom }) =>
          valueFrom?.secretKeyRef === undefined
            ? []
            : [[valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key] as const],
        ),
      ),
    ]);
    expect(asked.length).toBeGreaterThanOrEqual(8);
    for (const [name, key] of asked) {
      const command = new RegExp(`kubectl create secret generic ${name}\\b[^\`]*?--from-file=${key}=`);
      expect(guide, `${name} ${key}`).toMatch(command);
    }
  });

  test('are made in namespaces that are there by then, for whoever follows the guide line by line', () => {
    const made = [...guide.matchAll(/kubectl create secret generic \S+ --namespace (\S+)/g)];
    expect(made.length).toBeGreaterThanOrEqual(4);
    for (const { 1: namespace = '', index } of made) {
      const before = guide.slice(0, index);
      const file = /kubectl apply -f (\S+\/namespace\.yaml)/.exec(before)?.[1];
      const ofFile = file === undefined ? '' : readFileSync(join(ROOT, file), 'utf8');
      const isMade =
        before.includes(`kubectl create namespace ${namespace}`) ||
        new RegExp(`^  name: ${namespace}$`, 'm').test(ofFile);
      expect(isMade, namespace).toBe(true);
    }
  });

  test('stand in no file of ours', () => {
    expect(found.filter(({ manifest }) => manifest.kind === 'Secret')).toEqual([]);
  });
});

test('No pod asks for an image that deploy/kubernetes or collector/ does not make', () => {
  const ours = ['audit-register-preload', 'audit-register-commands', 'audit-register-collector'];
  for (const name of ours) expect(named(name).length, name).toBeGreaterThan(0);
  const others = containers.filter(({ container }) => !ours.includes(container.image));
  expect(new Set(others.map(({ container }) => container.image))).toEqual(new Set(['shop']));
});
