import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const ROOT = join(import.meta.dirname, '../..');
export const KUBERNETES = join(ROOT, 'deploy/kubernetes');

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
  readonly resources?: {
    readonly requests?: Record<string, string>;
    readonly limits?: Record<string, string>;
  };
  readonly securityContext?: Readonly<Record<string, unknown>>;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly startupProbe?: Probe;
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly hostPath?: { readonly path: string; readonly type: string };
    readonly configMap?: { readonly name: string };
    readonly secret?: {
      readonly secretName: string;
      readonly items?: readonly { readonly key: string; readonly path: string }[];
    };
  }[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
  };
  // eslint-disable-next-line typescript/no-explicit-any
  readonly spec: any;
}

export interface Found {
  /** Such as `register`. */
  readonly folder: string;
  readonly file: string;
  readonly manifest: Manifest;
}

export interface Kustomization {
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly images?: readonly {
    readonly name: string;
    readonly newName: string;
    readonly newTag: string | number;
  }[];
  readonly configMapGenerator?: readonly { readonly name: string; readonly files: readonly string[] }[];
}

/** Folders with a kustomization. */
export const FOLDERS = readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' })
  .filter((path) => basename(path) === 'kustomization.yaml')
  .map((path) => dirname(path));

export function readKustomization(folder: string): Kustomization {
  return parse(readFileSync(resolve(KUBERNETES, folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
}

/** Every object of every folder, anchors resolved. */
export function readManifests(): Found[] {
  return readdirSync(KUBERNETES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml') && basename(path) !== 'kustomization.yaml')
    .flatMap((path) =>
      parseAllDocuments(readFileSync(join(KUBERNETES, path), 'utf8')).map((document) => ({
        folder: dirname(path),
        file: basename(path),
        manifest: document.toJS() as Manifest,
      })),
    );
}

export interface FoundPod {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly pod: PodSpec;
  readonly labels: Readonly<Record<string, string>>;
}

/** What has pods: workloads of each kind. */
export function readPods(): FoundPod[] {
  return readManifests().flatMap(({ folder, manifest }) => {
    const { spec, kind } = manifest;
    const template = kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
    if (template === undefined) return [];
    return [{ folder, manifest, pod: template.spec as PodSpec, labels: template.metadata.labels }];
  });
}

export function containersOf(pod: PodSpec): readonly Container[] {
  return [...(pod.initContainers ?? []), ...pod.containers];
}

export function envOf(container: Container | undefined): Record<string, string> {
  return Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? '']));
}
