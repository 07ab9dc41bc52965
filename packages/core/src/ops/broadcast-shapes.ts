import { broadcastShapes as common, checkShape } from '../shape.ts';

/** The shape that shapes broadcast to; a number is a shape of one dim. Throws ShapeError where they do not. torch.broadcast_shapes */
export function broadcastShapes(...shapes: readonly (number | readonly number[])[]): number[] {
  const lists = shapes.map((shape) => (typeof shape === 'number' ? [shape] : shape));
  for (const shape of lists) checkShape('broadcastShapes', shape);
  return common('broadcastShapes', lists);
}
