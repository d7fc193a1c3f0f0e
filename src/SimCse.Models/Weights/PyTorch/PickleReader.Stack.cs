using System.Buffers.Binary;

namespace SimCse.Models.Weights.PyTorch;

/// <content>The opcodes that build numbers, text and containers, and the stack and memo beneath.</content>
internal sealed partial class PickleReader
{
    private bool ExecuteScalar(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'N': // NONE
                Push(null);
                return true;
            case 0x88: // NEWTRUE
                Push(true);
                return true;
            case 0x89: // NEWFALSE
                Push(false);
                return true;
            case (byte)'K': // BININT1
                Push((long)Take(1)[0]);
                return true;
            case (byte)'M': // BININT2
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort))));
                return true;
            case (byte)'J': // BININT
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))));
                return true;
            case 0x8a: // LONG1
                Push(Long(Take(Take(1)[0])));
                return true;
            case (byte)'G': // BINFLOAT
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double))));
                return true;
            case (byte)'X': // BINUNICODE
                Push(TakeText(TakeUInt32()));
                return true;
            case 0x8c: // SHORT_BINUNICODE
                Push(TakeText(Take(1)[0]));
                return true;
            default:
                return ExecuteMemo(opcode);
        }
    }

    private bool ExecuteMemo(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q': // BINPUT
                _memo[Take(1)[0]] = Peek();
                return true;
            case (byte)'r': // LONG_BINPUT
                _memo[TakeUInt32()] = Peek();
                return true;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = Peek();
                return true;
            case (byte)'h': // BINGET
                Push(Recall(Take(1)[0]));
                return true;
            case (byte)'j': // LONG_BINGET
                Push(Recall(TakeUInt32()));
                return true;
            default:
                return false;
        }
    }

    private bool ExecuteContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'(': // MARK
                Push(PickleMark.Instance);
                return true;
            case (byte)'}': // EMPTY_DICT
                Push(new PickleDictionary());
                return true;
            case (byte)']': // EMPTY_LIST
                Push(new List<object?>());
                return true;
            case (byte)')': // EMPTY_TUPLE
                Push(Array.Empty<object?>());
                return true;
            case (byte)'t': // TUPLE
                Push(PopToMark());
                return true;
            case >= 0x85 and <= 0x87: // TUPLE1 to TUPLE3
                Push(PopMany(opcode - 0x84));
                return true;
            case (byte)'a': // APPEND
                AppendAll(PopMany(1));
                return true;
            case (byte)'e': // APPENDS
                AppendAll(PopToMark());
                return true;
            case (byte)'s': // SETITEM
                SetItems(PopMany(2));
                return true;
            case (byte)'u': // SETITEMS
                SetItems(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private void AppendAll(object?[] values)
    {
        var list = Peek() as List<object?> ?? throw Bad("appends to something that is not a list");
        list.AddRange(values);
    }

    private void SetItems(object?[] pairs)
    {
        var dictionary = Peek() as PickleDictionary ?? throw Bad("sets items of something that is not a dict");
        for (var i = 0; i + 1 < pairs.Length; i += 2)
        {
            if (pairs[i] is string key)
            {
                dictionary.Items[key] = pairs[i + 1];
            }
        }
    }

    private void Push(object? value) => _stack.Add(value);

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Bad("takes more from its stack than it has put there");

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private string PopText() => Pop() as string ?? throw Bad("names a class by something that is not text");

    private object?[] PopTuple() => Pop() as object?[] ?? throw Bad("calls something with arguments that are no tuple");

    private object?[] PopMany(int count)
    {
        if (_stack.Count < count)
        {
            throw Bad("takes more from its stack than it has put there");
        }

        var values = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        var mark = _stack.LastIndexOf(PickleMark.Instance);
        if (mark < 0)
        {
            throw Bad("closes a group that it has not opened");
        }

        var values = PopMany(_stack.Count - mark - 1);
        Pop();
        return values;
    }

    private object? Recall(long index) =>
        _memo.TryGetValue(index, out var value) ? value : throw Bad($"recalls entry {index}, which it has not stored");

    private long Long(ReadOnlySpan<byte> littleEndian)
    {
        if (littleEndian.Length > sizeof(long))
        {
            throw Bad("holds a number of more than 64 bits");
        }

        Span<byte> extended = stackalloc byte[sizeof(long)];
        extended.Fill(littleEndian is [.., >= 0x80] ? (byte)0xFF : (byte)0);
        littleEndian.CopyTo(extended);
        return BinaryPrimitives.ReadInt64LittleEndian(extended);
    }
}
