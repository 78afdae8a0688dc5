"""Asks for memory before it is read: the processor computes on while it comes. Nothing without numba."""

from typing import Any

from numpy.typing import NDArray

from quake.etas_compiled import inlined, numba

LINE = 64
"""Bytes that come from memory at once."""


def _instruction() -> Any:
    """A function that asks for the line of memory so many bytes into an array: one instruction."""
    from llvmlite import ir  # numba brings it

    def ask(_: Any, array: Any, _at: Any) -> Any:
        def instruction(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
            start = context.make_array(array)(context, builder, arguments[0]).data
            pointer = builder.gep(builder.bitcast(start, ir.IntType(8).as_pointer()), [arguments[1]])
            number = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
            builder.call(prefetch, [pointer, number(0), number(3), number(1)])  # to read, to keep, data
            return context.get_dummy_value()

        return numba.types.void(array, numba.types.intp), instruction

    return numba.extending.intrinsic(ask)


if numba is not None and not getattr(numba.config, "DISABLE_JIT"):
    import numba.extending

    _ask = _instruction()

    @inlined
    def fetch(array: NDArray, row: int, size: int) -> None:
        """Asks for the first `size` bytes of a row of an array."""
        start = row * array.strides[0]
        for offset in range(0, size, LINE):
            _ask(array, start + offset)
        _ask(array, start + size - 1)

else:

    def fetch(array: NDArray, row: int, size: int) -> None:  # pylint: disable=unused-argument  # the other's arguments
        """Asks for the first `size` bytes of a row of an array: nothing here, what is read comes when it is read."""
