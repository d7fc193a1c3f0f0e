using System.Globalization;

namespace SimCse.Testing;

/// <summary>The ports on which a process listens, from Linux's lists.</summary>
public static class ListeningPorts
{
    private const string Listening = "0A";

    /// <summary>The addresses as the list has them (<c>0100007F</c> is 127.0.0.1), with their ports.</summary>
    public static IReadOnlyList<(string Address, int Port)> Of(int processId)
    {
        var sockets = new DirectoryInfo($"/proc/{processId}/fd").EnumerateFiles().Select(file => file.LinkTarget).ToHashSet();
        string[] lists = ["tcp", "tcp6"];
        return
        [
            .. from list in lists
               from line in File.ReadLines($"/proc/{processId}/net/{list}").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == Listening && sockets.Contains($"socket:[{fields[9]}]")
               let local = fields[1].Split(':')
               select (local[0], int.Parse(local[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        ];
    }
}
