namespace SimCse.LocalHost.Worker;

/// <summary>Keeps the last lines that a process wrote, for the error that reports its end. Thread-safe.</summary>
internal sealed class OutputTail(int capacity = 40)
{
    private readonly Queue<string> _lines = new(capacity);

    public void Add(string line)
    {
        lock (_lines)
        {
            if (_lines.Count == capacity)
            {
                _lines.Dequeue();
            }

            _lines.Enqueue(line);
        }
    }

    /// <summary>The lines, or a note that there were none.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            return _lines.Count == 0 ? "(it wrote nothing)" : string.Join(Environment.NewLine, _lines);
        }
    }
}
