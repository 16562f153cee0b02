// Package script has the commands that the stories below test/ have besides those of testscript:
//
//	capture ASSIGNMENT... COMMAND... run a command that prints JSON and keep figures of it
//	until EXPR ASSIGNMENT... COMMAND...  do so until the figures are as wanted
//	let NAME EXPR                    keep a figure that is computed
//	expect EXPR                      hold, or fail with all figures
//	wait-height EXPR                 wait for a block
//	now NAME                         keep the height of the last block
//	history FROM TO ASSIGNMENT...    keep figures of what the blocks FROM to TO said happened: event[].attribute
//	expect-each FROM TO EVENT EXPR   hold for each such event, whose attributes are figures
//
// Figures are environment variables: $NAME outside of expressions, NAME within. An ASSIGNMENT is NAME=path, the only value
// there, or NAME+=path, the sum of all amounts there; a path such as tally.subnets[netuid=2].power leads through a JSON
// document. An EXPR is a Go expression of constants: whole numbers of any size, texts and truths, all exact.
//
// It also reads pages of documentation and copies their commands into a shell, as a reader does ([Page], [Shell]).
package script
