// The numbers, each over a bar that compares it with the others of its row; and what they were measured on.

import { useTexts } from '../../state/language.ts';
import { Panel } from '../../ui/controls.tsx';
import type { Measurable } from './protocol.ts';
import { digits, key, rowOf, type Results } from './results.ts';
import { texts } from './texts.ts';
import { workloadList } from './workload-list.ts';

export interface ResultsProps {
  readonly results: Results;
  readonly backends: readonly Measurable[];
}

function ResultCell({
  results,
  backend,
  workload,
  most,
}: ResultsProps & { backend: Measurable; workload: string; most: number }) {
  // prettier-ignore
  const t = useTexts(texts);
  const cell = results.cells.get(key(backend, workload));
  const { current } = results;
  if (cell === undefined) {
    const isCurrent = current?.backend === backend && current.workload === workload;
    return (
      <td class={isCurrent ? 'empty current' : 'empty'}>
        <span aria-label={t.unmeasured} role="img">
          {isCurrent ? '…' : '–'}
        </span>
      </td>
    );
  }
  if (typeof cell === 'string') {
    return (
      <td class="empty">
        {t.notRun} {cell}
      </td>
    );
  }
  const isMost = cell.value === most;
  return (
    <td class={isMost ? 'most' : ''} data-testid={`speed-${backend}-${workload}`} data-value={cell.value}>
      <span class="value">{digits(cell.value)}</span> <span class="spread">± {(cell.spread * 100).toFixed(0)} %</span>
      <i class="bar" style={{ width: `${(100 * cell.value) / most}%` }} />
    </td>
  );
}

export function ResultTable(props: ResultsProps) {
  const t = useTexts(texts);
  const { results, backends } = props;
  return (
    <Panel title={t.results} wide>
      <div class="scroll" role="region" aria-label={t.table} tabIndex={0}>
        <table data-testid="speed-table">
          <thead>
            <tr>
              <th scope="col">{t.workload}</th>
              {backends.map((backend) => (
                <th key={backend} scope="col">
                  {backend}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {workloadList.map(({ name, unit }) => {
              const numbers = rowOf(results, backends, name).filter((value) => value !== undefined);
              return (
                <tr key={name}>
                  <th scope="row">
                    {name} <span class="unit">{unit}</span>
                    <span class="about">{t.abouts[name]}</span>
                  </th>
                  {backends.map((backend) => (
                    <ResultCell
                      key={backend}
                      {...props}
                      backend={backend}
                      workload={name}
                      most={Math.max(...numbers)}
                    />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p class="hint">{t.explain}</p>
    </Panel>
  );
}

export function Devices({ results, backends }: ResultsProps) {
  const t = useTexts(texts);
  return (
    <Panel title={t.devices} wide>
      <dl class="devices">
        {backends.map((backend) => {
          const column = results.columns[backend];
          return (
            <div key={backend} data-testid={`speed-device-${backend}`}>
              <dt>{backend}</dt>
              <dd>
                {!column && '…'}
                {column?.kind === 'unavailable' && `${t.absent} ${column.reason}`}
                {column?.kind === 'device' && column.description}
                {column?.kind === 'device' && column.isSoftware && <p class="notice">{t.softwareLong}</p>}
              </dd>
            </div>
          );
        })}
      </dl>
      <p class="hint">{t.machine(navigator.hardwareConcurrency, navigator.userAgent)}</p>
    </Panel>
  );
}
