/** `/report/task/create|check|download|cancel/`. */
import { badParameter, Refusal } from '../answers.ts';
import type { AdsContext, Endpoint } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';
import { readReportRequest } from './report-request.ts';
import type { ReportTask } from './report-tasks.ts';

const fileNameMax = 255;

const createTask: Endpoint = {
  method: 'POST',
  path: 'report/task/create/',
  needsToken: true,
  scope: 44,
  ownQuota: 'report-task',
  answer({ parameters, path }, { world, faults, tasks, mergeRepeatedHour }) {
    const { query } = readReportRequest(parameters, world, {
      asynchronous: true,
      mergeRepeatedHour,
    });
    const outputFormat = readFormat(parameters);
    const fileName = parameters.text('file_name') ?? 'report';
    if (fileName.length > fileNameMax) throw badParameter('file_name: At most 255 characters.');
    const advertiserId = parameters.required('advertiser_id');
    const columns = query ? [...query.dimensions, ...query.metrics] : [];
    const translated = parameters.boolean('enable_report_title_translation', true);
    const task = tasks.create({
      advertiserId,
      query,
      header: translated ? columns.map(titleOf) : columns,
      outputFormat,
      fileName,
      fails: faults.take('task-failed', { path, advertiserId }) !== null,
    });
    return { data: JSON.stringify({ task_id: task.taskId }) };
  },
};

const checkTask: Endpoint = {
  method: 'GET',
  path: 'report/task/check/',
  needsToken: true,
  scope: 44,
  answer({ parameters }, { tasks }) {
    const status = tasks.status(findTask(parameters, tasks));
    const message = status === 'FAILED' ? 'The task failed. Please create it again.' : '';
    return { data: JSON.stringify({ status, message }) };
  },
};

const downloadTask: Endpoint = {
  method: 'GET',
  path: 'report/task/download/',
  needsToken: true,
  scope: 44,
  answer({ parameters }, { tasks, origin }) {
    const task = findTask(parameters, tasks);
    const status = tasks.status(task);
    if (status === 'FAILED' || status === 'CANCELED') {
      throw new Refusal(40200, `The task has ended as ${status}.`);
    }
    if (status !== 'SUCCESS') throw new Refusal(40201, 'The task is not ready yet.');
    if (task.outputFormat === 'CSV_STRING') return { csv: tasks.csv(task) };
    const data = {
      download_url: `${origin()}/report-files/${tasks.publish(task)}`,
      file_name: `${task.fileName}.csv`,
      output_format: task.outputFormat,
    };
    return { data: JSON.stringify(data) };
  },
};

const cancelTask: Endpoint = {
  method: 'POST',
  path: 'report/task/cancel/',
  needsToken: true,
  scope: 44,
  answer({ parameters }, { tasks }) {
    const task = findTask(parameters, tasks);
    const status = tasks.status(task);
    if (status === 'SUCCESS' || status === 'FAILED') {
      throw new Refusal(40200, `The task has already ended as ${status}.`);
    }
    task.canceled = true;
    return { data: JSON.stringify({ status: 'CANCELED' }) };
  },
};

export const reportTaskEndpoints: readonly Endpoint[] = [
  createTask,
  checkTask,
  downloadTask,
  cancelTask,
];

function findTask(parameters: Parameters, tasks: AdsContext['tasks']): ReportTask {
  const advertiserId = parameters.required('advertiser_id');
  const task = tasks.find(parameters.required('task_id'), advertiserId);
  if (!task) throw new Refusal(40007, 'The task does not exist.');
  return task;
}

function readFormat(parameters: Parameters): 'CSV_STRING' | 'CSV_DOWNLOAD' {
  const documented = ['CSV_STRING', 'CSV_DOWNLOAD', 'XLSX_DOWNLOAD'];
  const format = parameters.oneOf('output_format', documented, 'CSV_STRING');
  if (format === 'CSV_STRING' || format === 'CSV_DOWNLOAD') return format;
  throw badParameter(`output_format: ${format} is not served by this sandbox.`);
}

/** `ad_id` becomes "Ad ID"; clients that want names as asked for switch the translation off. */
function titleOf(column: string): string {
  if (column === 'stat_time_day') return 'Date';
  if (column === 'stat_time_hour') return 'Time';
  if (column === 'spend') return 'Cost';
  return column
    .split('_')
    .map((word) => (word === 'id' ? 'ID' : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join(' ');
}
