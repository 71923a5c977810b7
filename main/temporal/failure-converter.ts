/**
 * Failure texts and stacks go through the codec like all other payloads. Client, worker and bundle load this file by
 * its path, hence the export's name, and hence no import that a workflow's sandbox could not resolve.
 */
import { DefaultFailureConverter } from '@temporalio/common';

export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
