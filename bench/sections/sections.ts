import { measureDjango } from '../measure/django.ts';
import { measureJwt } from '../measure/jwt.ts';
import { measureLatency } from '../measure/latency.ts';
import { measurePipeline } from '../measure/pipeline.ts';
import { measureLoad } from '../measure/rounds.ts';
import { measureStarts } from '../measure/start-up.ts';
import { djangoReport } from '../report/django-report.ts';
import { jwtReport } from '../report/jwt-report.ts';
import { latencyReport } from '../report/latency-report.ts';
import { loadReport } from '../report/load-report.ts';
import { pipelineReport } from '../report/pipeline-report.ts';
import { shippingReport } from '../report/shipping-report.ts';
import { startUpReport } from '../report/start-up-report.ts';
import { onAllCores } from '../stage/cores.ts';
import { LOAD_SECTIONS } from './load-sections.ts';
import type { LoadSection } from './load-section.ts';
import type { Section } from './section.ts';
import { measureStore } from './store.ts';
import { measureShipping, QUICK_SHIPPING, shippingProblems, WHOLE_SHIPPING } from './shipping.ts';
import { storeProblems, storeReport } from './store-report.ts';

const load = (section: LoadSection) =>
  define({
    measure: (stage, effort, tell) => measureLoad(stage, section, effort, tell),
    report: (findings) => loadReport(section, findings),
    problems: ({ lives }) => located(lives),
  });

/** Every part of the benchmark, in the order in which it runs and is reported. */
export const SECTIONS = {
  trivial: load(LOAD_SECTIONS.trivial),
  update: load(LOAD_SECTIONS.update),
  five: load(LOAD_SECTIONS.five),
  shop: load(LOAD_SECTIONS.shop),
  select: load(LOAD_SECTIONS.select),
  bodies: load(LOAD_SECTIONS.bodies),
  delivery: load(LOAD_SECTIONS.delivery),
  latency: define({
    measure: measureLatency,
    report: latencyReport,
    problems: ({ lives }) => located(lives),
  }),
  django: define({
    measure: measureDjango,
    report: djangoReport,
    problems: ({ problems }) => problems,
  }),
  jwt: define({ measure: measureJwt, report: jwtReport, problems: () => [] }),
  pipeline: define({
    measure: measurePipeline,
    report: pipelineReport,
    problems: ({ problems }) => problems,
  }),
  startup: define({ measure: measureStarts, report: startUpReport, problems: located }),
  shipping: define({
    measure: (stage, { isQuick }, tell) =>
      measureShipping(stage, isQuick ? QUICK_SHIPPING : WHOLE_SHIPPING, tell),
    report: shippingReport,
    problems: shippingProblems,
  }),
  store: define({
    measure: (stage, effort, tell) => onAllCores(stage.cores, () => measureStore(effort, tell)),
    report: storeReport,
    problems: storeProblems,
  }),
};

export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

type FindingsOf<Part> = Part extends Section<infer Findings> ? Findings : never;
/** What was found, by section; a section that was not measured is not there. */
export type Findings = { readonly [Name in SectionName]?: FindingsOf<(typeof SECTIONS)[Name]> };

function define<Found>(section: Section<Found>): Section<Found> {
  return section;
}

/** Problems with the variant and the number of the process that has them. */
function located(
  variants: Readonly<Record<string, readonly { readonly problems: readonly string[] }[]>>,
): readonly string[] {
  return Object.entries(variants).flatMap(([variant, list]) =>
    list.flatMap(({ problems }, index) => problems.map((problem) => `${variant}, ${index + 1}: ${problem}`)),
  );
}
