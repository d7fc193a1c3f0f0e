metadata description = 'The container registry: pulls and pushes by identity, no admin account.'

@description('Region.')
param location string

@description('Tags of every resource.')
param tags object

@description('Name of the registry, unique in Azure.')
@minLength(5)
@maxLength(50)
param name string

@description('Whether the app pulls through a private endpoint, which takes the Premium tier. `az acr build` keeps its way in.')
param privateNetworking bool

resource registry 'Microsoft.ContainerRegistry/registries@2025-11-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: privateNetworking ? 'Premium' : 'Standard' }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    networkRuleBypassOptions: 'AzureServices'
  }
}

@description('Name of the registry.')
output name string = registry.name

@description('Resource id of the registry.')
output id string = registry.id

@description('Host name of the registry, with which an image\'s name begins.')
output loginServer string = registry.properties.loginServer
