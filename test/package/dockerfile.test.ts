import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPods } from '../kubernetes/manifests.ts';
import { DOCKERFILE, ROOT, readStages, stageOf } from './dockerfile.ts';

const { devDependencies, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const copies = readStages().flatMap(({ steps }) =>
  steps.flatMap(([instruction, rest]) =>
    instruction === 'COPY' && !rest.startsWith('--') ? [rest.split(' ')] : [],
  ),
);

/** There is no Docker here: injection.test.ts runs the lines of stage `tree`, this looks at what the others say. */
describe('deploy/kubernetes/Dockerfile', () => {
  test('copies what is there, and the build is sent it', () => {
    const sent = readFileSync(join(ROOT, `${DOCKERFILE}.dockerignore`), 'utf8').split('\n');
    const sources = copies.flatMap((words) => words.slice(0, -1));
    expect(sources.length).toBeGreaterThan(8);
    for (const source of sources) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(
        sent.some((line) => line.startsWith(`!${source}`)),
        source,
      ).toBe(true);
    }
  });

  test('begins with pinned images, and the Node.js of the development', () => {
    const foreign = readStages().filter(({ from }) => !readStages().some(({ name }) => name === from));
    for (const { from } of foreign) expect(from).toMatch(/:\d+\.\d+\.\d+-\w+/);
    const versions = foreign.flatMap(({ from }) => /^node:([\d.]+)-/.exec(from)?.[1] ?? []);
    expect(new Set(versions)).toEqual(new Set([devDependencies.node]));
  });

  test('ends in images without root', () => {
    for (const name of ['preload', 'commands'])
      expect(stageOf(name).steps).toContainEqual(['USER', '65532:65532']);
  });

  test('puts the package where NODE_OPTIONS of the manifests look for it', () => {
    const tree = stageOf('tree').steps.find(([instruction]) => instruction === 'WORKDIR')?.[1];
    const [, command = '[]'] = stageOf('preload').steps.find(([instruction]) => instruction === 'CMD') ?? [];
    const injected = readPods().flatMap(({ pod }) =>
      (pod.initContainers ?? [])
        .filter(({ command: [program] = [] }) => program === 'cp')
        .map((copier) => ({ copier, application: pod.containers[0] })),
    );
    expect(injected).toHaveLength(2);
    for (const { copier, application } of injected) {
      expect(copier.command).toEqual(JSON.parse(command));
      const [, , from, mount] = copier.command ?? [];
      expect(from).toBe(`${tree}/.`);
      expect(copier.volumeMounts).toEqual([{ name: 'audit-register', mountPath: mount }]);
      const options = application?.env?.find(({ name }) => name === 'NODE_OPTIONS')?.value;
      expect(options).toBe(`--require ${mount}/node_modules/audit-register`);
      expect(application?.volumeMounts).toContainEqual({
        name: 'audit-register',
        mountPath: mount,
        readOnly: true,
      });
    }
  });

  test('has the command on the path of its image', () => {
    const link = stageOf('commands').steps.find(([, rest]) => rest.startsWith('ln -s'))?.[1];
    expect(link).toBe(
      `ln -s /audit-register/node_modules/audit-register/${bin['audit-register']} /usr/local/bin/audit-register`,
    );
    expect(stageOf('commands').steps).toContainEqual(['ENTRYPOINT', '["audit-register"]']);
  });
});

test('A pod leaves its application the time that its preload takes, and that of preStop', () => {
  const flush = /FLUSH_MILLIS = ([\d_]+)/.exec(readFileSync(join(ROOT, 'src/exit.ts'), 'utf8'))?.[1];
  const flushSeconds = Number(flush?.replaceAll('_', '')) / 1_000;
  expect(flushSeconds).toBeGreaterThan(0);
  const applications = readPods().filter(({ pod }) => pod.containers[0]?.lifecycle !== undefined);
  expect(applications).toHaveLength(2);
  for (const { pod } of applications) {
    const preStop = pod.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(preStop).toBeGreaterThan(0);
    // The application's own shutdown is given as much again, and twenty seconds.
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(2 * (preStop + flushSeconds) + 20);
  }
});

test('A volume holds the spool that its application may fill', () => {
  const withVolume = readPods().find(
    ({ manifest }) => manifest.kind === 'StatefulSet' && manifest.metadata.name === 'shop',
  );
  const most = withVolume?.pod.containers[0]?.env?.find(
    ({ name }) => name === 'AUDIT_REGISTER_SPOOL_MAX_BYTES',
  );
  const [claim] = withVolume?.manifest.spec.volumeClaimTemplates ?? [];
  expect(claim.spec.resources.requests.storage).toBe('1Gi');
  expect(Number(most?.value)).toBeLessThanOrEqual(0.8 * 2 ** 30);
  expect(claim.spec.accessModes).toEqual(['ReadWriteOnce']);
});
