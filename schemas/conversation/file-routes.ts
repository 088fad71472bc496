import Type from 'typebox'
import { exactly, Id } from '../fields.ts'
import { route } from '../route.ts'
import { MessageFile } from './resource.ts'

const bytes = { description: 'the file, or a part of it, under its own media type', type: '*/*' }

export const UploadedFiles = exactly({ data: Type.Array(MessageFile) })

/** Files of a conversation (documents B and C): uploaded first, then named by a message. */
export const fileRoutes = {
  upload: route({
    service: 'command-api',
    method: 'POST',
    path: '/api/conversations/{id}/files',
    access: 'public',
    scope: 'write',
    tag: 'Messages',
    summary: 'Upload files',
    description:
      'Up to five, of at most 10 MB each, as `files`, `files[]` or `file`. What a file is is found from its content, not from its name. Name its id in the `files` of a message to send it.',
    params: exactly({ id: Id }),
    takes: 'multipart',
    answers: {
      201: { description: 'the files, in their order', schema: UploadedFiles },
    },
    rejections: [
      'not-found',
      'forbidden',
      'conflict',
      'contact-erased',
      'idempotency-key-reused',
      'precondition-failed',
      'unsupported-media-type',
    ],
  }),
  get: route({
    service: 'query-api',
    method: 'GET',
    path: '/api/conversations/{id}/files/{fileId}',
    access: 'public',
    scope: 'read',
    tag: 'Messages',
    summary: 'Download a file',
    description:
      'For whoever may read the messages of the conversation. Whole or in ranges; with an ETag. Only pictures, sound, films, plain text and PDF are shown inline; what a browser might run is always an attachment, as application/octet-stream.',
    params: exactly({ id: Id, fileId: Id }),
    query: exactly({
      disposition: Type.Optional(
        Type.Enum(['inline', 'attachment'], {
          default: 'attachment',
          description: 'whether a browser shows or saves it',
        }),
      ),
    }),
    answers: { 200: bytes, 206: bytes, 304: { description: 'what If-None-Match names is what there is' } },
    rejections: ['not-found', 'range-not-satisfiable', 'projection-behind'],
  }),
}
