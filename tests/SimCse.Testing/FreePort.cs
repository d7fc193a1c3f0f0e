using System.Net;
using System.Net.Sockets;

namespace SimCse.Testing;

/// <summary>Finds a port on loopback that is free at that moment.</summary>
public static class FreePort
{
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
