import Type from 'typebox'

export const Phone = Type.String({ minLength: 3, maxLength: 50, pattern: '\\d', description: 'in any notation' })
