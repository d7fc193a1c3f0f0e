using System.Buffers.Binary;
using System.Text;

namespace SimCse.Models.Weights.PyTorch;

/// <summary>
/// Reads the pickle of a PyTorch checkpoint and makes only containers, numbers, text and descriptions of tensors. A pickle is a program:
/// everything else that it asks for is refused by name, and nothing of Python is ever run.
/// </summary>
/// <remarks>
/// Opcodes as CPython's <c>Lib/pickletools.py</c> documents them, protocols 2 to 5; what <c>torch.save</c> writes with them is in
/// <c>torch/serialization.py</c> and <c>torch/_utils.py</c> (<c>_rebuild_tensor_v2</c>).
/// </remarks>
internal sealed partial class PickleReader
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string StoragePrefix = "torch.";
    private const string StorageSuffix = "Storage";

    private readonly byte[] _pickle;
    private readonly string _path;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _position;

    private PickleReader(byte[] pickle, string path)
    {
        _pickle = pickle;
        _path = path;
    }

    /// <summary>Returns the pickle's value: for a state dict a <see cref="PickleDictionary"/> of <see cref="PickleTensor"/>.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, or asks for something that is not a tensor.</exception>
    public static object? Read(byte[] pickle, string path) => new PickleReader(pickle, path).Run();

    private object? Run()
    {
        while (true)
        {
            var at = _position;
            var opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return Pop();
            }

            Execute(opcode, at);
        }
    }

    private void Execute(byte opcode, int at)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                var protocol = Take(1)[0];
                if (protocol is < 2 or > 5)
                {
                    throw Bad($"is a pickle of protocol {protocol}; expected 2 to 5");
                }

                break;
            case 0x95: // FRAME: only a hint for buffering
                Take(sizeof(ulong));
                break;
            case (byte)'c': // GLOBAL
                Push(Global(TakeLine(), TakeLine()));
                break;
            case 0x93: // STACK_GLOBAL
                var name = PopText();
                Push(Global(PopText(), name));
                break;
            case (byte)'R': // REDUCE
                var arguments = PopTuple();
                Push(Reduce(Pop(), arguments));
                break;
            case (byte)'Q': // BINPERSID
                Push(PersistentId(PopTuple()));
                break;
            case (byte)'b': // BUILD: a state dict's `_metadata` is set as an attribute; nothing here needs it
                Pop();
                if (Peek() is not PickleDictionary)
                {
                    throw Bad("sets attributes of something that is not a dict");
                }

                break;
            default:
                if (!ExecuteContainer(opcode) && !ExecuteScalar(opcode))
                {
                    throw Bad($"holds the opcode 0x{opcode:x2} at byte {at}, which no PyTorch checkpoint needs");
                }

                break;
        }
    }

    private PickleGlobal Global(string module, string name)
    {
        var full = $"{module}.{name}";
        var allowed = full is OrderedDict or RebuildTensor or RebuildParameter
            || (module == "torch" && name.EndsWith(StorageSuffix, StringComparison.Ordinal));
        return allowed
            ? new PickleGlobal(full)
            : throw Bad(
                $"asks for {full}; expected tensors and nothing else. Loading it in Python would run code: do not, unless you trust its " +
                "source");
    }

    private object? Reduce(object? callee, object?[] arguments) => (callee as PickleGlobal)?.Name switch
    {
        OrderedDict when arguments.Length == 0 => new PickleDictionary(),
        RebuildTensor when arguments is [PickleStorage storage, long offset and >= 0, object?[] shape, object?[] strides, ..] =>
            new PickleTensor(storage, offset, [.. Longs(shape).Select(extent => (int)extent)], [.. Longs(strides)]),
        RebuildParameter when arguments is [PickleTensor tensor, ..] => tensor,
        { } name => throw Bad($"calls {name} with arguments that PyTorch does not give it"),
        null => throw Bad("calls something that cannot be called"),
    };

    /// <summary>Reads an id such as <c>('storage', torch.FloatStorage, '0', 'cpu', 1024)</c>.</summary>
    private PickleStorage PersistentId(object?[] id) => id is ["storage", PickleGlobal type, string key, string, long elements]
        && type.Name.EndsWith(StorageSuffix, StringComparison.Ordinal)
        ? new PickleStorage(type.Name[StoragePrefix.Length..], key, elements)
        : throw Bad("holds a persistent id that does not name a storage");

    private IEnumerable<long> Longs(object?[] values) => values.Select(
        value => value is long number and >= 0 and <= int.MaxValue
            ? number
            : throw Bad($"gives a tensor the extent or stride {value ?? "None"}; expected 0 to {int.MaxValue}"));

    private InvalidDataException Bad(string what) => new($"{_path} {what}.");

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _pickle.Length - _position)
        {
            throw Bad($"ends at byte {_pickle.Length}; {count} more expected after byte {_position}. It is truncated");
        }

        var bytes = _pickle.AsSpan(_position, (int)count);
        _position += (int)count;
        return bytes;
    }

    private string TakeText(long count) => Encoding.UTF8.GetString(Take(count));

    private string TakeLine()
    {
        var length = _pickle.AsSpan(_position).IndexOf((byte)'\n');
        var line = TakeText(length < 0 ? _pickle.Length : length);
        Take(1);
        return line;
    }

    private long TakeUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
}
